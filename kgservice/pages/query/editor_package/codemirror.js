// The editor with highlighting, completion and marks, as one module. It asks nothing of anybody: what it offers comes
// from the page. It lives in a shadow root, where CodeMirror adopts its style sheets, so that the page needs no
// style-src 'unsafe-inline'.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { styleTags, tags } from "@lezer/highlight";
import { SparqlLanguage } from "codemirror-lang-sparql";
import { findCompletions } from "./completion.js";

// The package leaves prefixed names without a style.
const sparql = new LanguageSupport(
  SparqlLanguage.configure({ props: [styleTags({ "Pname_ln Pname_ns A_predicate": tags.propertyName })] }),
);

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--seal)", fontWeight: "600" },
  { tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--doubt)" },
  { tag: [tags.string, tags.literal], color: "var(--good)" },
  { tag: [tags.number, tags.bool], color: "var(--good)" },
  { tag: [tags.url, tags.namespace, tags.propertyName, tags.typeName, tags.function(tags.variableName)], color: "var(--link)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--soft)", fontStyle: "italic" },
]);

const theme = EditorView.theme({
  "&": { color: "var(--ink)", backgroundColor: "var(--sheet)", border: "1px solid var(--line-strong)", borderRadius: "6px", fontSize: "14px" },
  "&.cm-focused": { outline: "3px solid var(--link)", outlineOffset: "2px" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.55", minHeight: "14rem", maxHeight: "60vh" },
  ".cm-content": { caretColor: "var(--ink)", minHeight: "14rem" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunk)", color: "var(--soft)", borderRight: "1px solid var(--line)", minHeight: "14rem" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--sunk) 60%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--link-sunk)" },
  ".cm-tooltip": { backgroundColor: "var(--sheet)", color: "var(--ink)", border: "1px solid var(--line-strong)", borderRadius: "6px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxWidth: "min(34rem, 88vw)", maxHeight: "none", overflow: "hidden" },
  ".cm-tooltip-autocomplete > ul > li": { padding: ".2rem .5rem", lineHeight: "1.5" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--link)", color: "var(--sheet)" },
  ".cm-completionDetail": { fontStyle: "normal", fontFamily: "var(--sans)", opacity: "1" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "700" },
  ".cm-completionInfo": { fontFamily: "var(--sans)", maxWidth: "20rem" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--seal)" },
});

/**
 * Opens an editor in `parent`.
 *
 * `label` names it for who cannot see it; `phrases` translates CodeMirror's own words; `terms()` gives what completion
 * offers (as /query/terms.json); `onRun` and `onChange` are called at Ctrl-Enter and at each change.
 */
export function createEditor({ parent, text, label, language, phrases, terms, onRun, onChange }) {
  const root = parent.attachShadow({ mode: "open" });
  const place = root.appendChild(document.createElement("div"));
  const complete = (context) => findCompletions(context, terms(), language);
  const view = new EditorView({
    parent: place,
    root,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        closeBrackets(),
        sparql,
        syntaxHighlighting(colours),
        // As many as are seen at once: the others come by the arrow keys, and nothing has to be scrolled.
        autocompletion({ override: [complete], icons: false, maxRenderedOptions: 10 }),
        theme,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
        EditorState.phrases.of(phrases),
        EditorView.updateListener.of((update) => update.docChanged && onChange()),
        keymap.of([
          { key: "Mod-Enter", run: () => (onRun(), true) },
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...historyKeymap,
          ...defaultKeymap,
        ]),
      ],
    }),
  });
  return {
    get: () => view.state.doc.toString(),
    set(next) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
      this.clear();
    },
    insertAtTop: (line) => view.dispatch({ changes: { from: 0, insert: line } }),
    /** Marks a place, counted from 1 in characters, and scrolls to it. */
    mark(line, column, message) {
      const at = view.state.doc.line(Math.max(1, Math.min(line, view.state.doc.lines)));
      const before = Array.from(at.text).slice(0, Math.max(0, column - 1)).join("").length;
      const from = Math.min(at.from + before, at.to);
      const word = /^\S+/.exec(view.state.sliceDoc(from, at.to));
      const to = word ? from + word[0].length : at.to;
      view.dispatch(setDiagnostics(view.state, [{ from, to, severity: "error", message }]));
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
    },
    clear: () => view.dispatch(setDiagnostics(view.state, [])),
    focus: () => view.focus(),
  };
}
