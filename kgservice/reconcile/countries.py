"""Countries and territories by any name that people write: ISO 3166 codes, Chinese and English names."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale

from kgservice.matching.text import key
from kgservice.matching.words import COUNTRIES

# How the directories of China name these; the locale data has other forms.
_HERE = {"HK": "中国香港", "MO": "中国澳门", "TW": "中国台湾"}
_SHORT = {"uk": "GB", "usa": "US", "america": "US", "england": "GB", "britain": "GB", "korea": "KR"}


def name_country(code: str, language: str) -> str:
    """The name of a country or territory in ``en`` or ``zh``; the code where there is none."""
    if language == "zh" and code in _HERE:
        return _HERE[code]
    return _territories(language).get(code, code)


def find_country(text: str) -> str | None:
    """The code that a text means, ``None`` where it means none: ``英国``, ``United Kingdom``, ``GB``, ``英格兰及威尔士``."""
    if len(text) == 2 and text.upper() in _territories("en"):
        return text.upper()
    return _codes().get(key(text))


@lru_cache(maxsize=4)
def _territories(language: str) -> dict[str, str]:
    """Code → name. Groups of countries have numbers for codes and are left out."""
    names = Locale.parse(language).territories
    return {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha()}


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    found = {}
    for language in ("zh", "en"):
        for code, name in _territories(language).items():
            found[key(name)] = code
    found |= {key(name): code for code, name in _HERE.items()}
    found |= _SHORT
    for printed, one_form in COUNTRIES.items():
        meant = found.get(key(one_form)) or found.get(key(f"中国{one_form}"))
        if meant:
            found.setdefault(key(printed), meant)
    return found
