"""Named questions: ``queries/*.rq`` with a header that a machine reads, and the binding of their parameters.

A file begins with lines ``#+ ``; together they are YAML::

    #+ name: recognition-by-certificate
    #+ topic: certificate
    #+ question: {zh: 某证书在各地区获得哪些认可？, en: "Where is a certificate recognised, and as what?"}
    #+ form: SELECT
    #+ parameters:
    #+   - {name: certificate, type: iri, example: certificate/c00001, label: {zh: 证书, en: certificate}}

The body is a valid query as it stands, with the example values in a ``VALUES ?certificate { … }`` block for each
parameter. Binding puts other terms into every such block and touches nothing else.
"""

from kgservice.questions.binding import bind
from kgservice.questions.model import Parameter, Question, QuestionError
from kgservice.questions.ordering import sort_rows
from kgservice.questions.reading import parse_question, read_question, read_questions
from kgservice.questions.topics import AUDIENCES, EVERYONE, OTHER, TOPICS

__all__ = [
    "AUDIENCES",
    "EVERYONE",
    "OTHER",
    "TOPICS",
    "Parameter",
    "Question",
    "QuestionError",
    "bind",
    "parse_question",
    "read_question",
    "read_questions",
    "sort_rows",
]
