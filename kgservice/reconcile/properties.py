"""The types and properties of the service, with their names: what a query may state, and what can be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kgservice.reconcile.register import TYPES


@dataclass(frozen=True, slots=True)
class Named:
    """Something with an id and a name in both languages."""

    id: str
    zh: str
    en: str

    def name(self, language: str) -> str:
        """The name in ``en`` or ``zh``."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Property(Named):
    """A property: what it holds, which types have it, whether queries may state it.

    All can be fetched. ``of_listing``: it has one value for each row that lists the certificate, all such properties in
    the same order.
    ``entity`` is the type of its values where these are things of this service.
    """

    about_zh: str = ""
    about_en: str = ""
    types: tuple[str, ...] = ("certificate", "family")
    stated: bool = False
    of_listing: bool = False
    entity: str | None = None

    def about(self, language: str) -> str:
        """What it holds, in ``en`` or ``zh``."""
        return self.about_en if language == "en" else self.about_zh


TYPE_NAMES: Mapping[str, Named] = {
    "certificate": Named("certificate", "证书", "certificate"),
    "family": Named("family", "证书族", "family of certificates"),
    "issuer": Named("issuer", "发证机构", "issuing body"),
}
_CERTIFICATES = ("certificate", "family")
_LISTING = "每个列入该证书的目录行一个值。"
_LISTING_EN = "One value for each row of a directory that lists the certificate."


def _listing(id: str, zh: str, en: str, about_zh: str = "", about_en: str = "") -> Property:
    return Property(
        id, zh, en, about_zh + _LISTING, f"{about_en} {_LISTING_EN}".strip(), of_listing=True
    )


_ALL = (
    Property(
        "issuer",
        "发证机构",
        "issuer",
        "发证机构的名称、缩写或标识",
        "The issuing body: a name, its abbreviation or its id",
        _CERTIFICATES,
        stated=True,
        entity="issuer",
    ),
    Property(
        "grade",
        "等级",
        "grade",
        "会士、二级、Fellow 等等级词",
        "A word of grade: 会士, 二级, Fellow",
        _CERTIFICATES,
        stated=True,
    ),
    Property(
        "notation",
        "头衔字母",
        "post-nominals",
        "写在姓名之后的字母，如 MRICS",
        "Letters behind a name, such as MRICS",
        _CERTIFICATES,
        stated=True,
    ),
    Property(
        "originalName",
        "外文名称",
        "foreign name",
        "证书的外文名称：登记的与目录所印的",
        "Names of the certificate that are not Chinese: registered and printed",
        _CERTIFICATES,
        stated=True,
    ),
    Property(
        "country",
        "国家（地区）",
        "country or territory",
        "发证机构所在国家（地区）：ISO 3166 代码或名称",
        "Of the issuing body: ISO 3166 code or name",
        TYPES,
        stated=True,
    ),
    Property(
        "region",
        "列入目录的地区",
        "region that lists it",
        "中国的省市：名称或行政区划代码；只计未失效的目录。未列入不等于不认可",
        "A Chinese province or city, by a directory that has not ended: name or code. Not listed is not the same as not recognised",
        _CERTIFICATES,
        stated=True,
    ),
    Property("nameZh", "中文名称", "Chinese name", types=TYPES),
    Property("nameEn", "英文名称", "English name", types=TYPES),
    Property("otherNames", "其他名称", "other names", "别名与目录所印名称", "Aliases and printed names", TYPES),
    Property("kind", "证书类别", "kind of certificate", types=("certificate",)),
    Property(
        "family",
        "所属证书族",
        "family",
        "证书所属的证书族",
        "The family to which the certificate belongs",
        ("certificate",),
        entity="family",
    ),
    Property(
        "lookAlikes",
        "名称相近的其他证书",
        "look-alikes",
        "名称相近、但已确认不是同一证书",
        "Certificates that look alike and were told apart",
        entity="certificate",
    ),
    _listing("listingRegion", "列入：地区", "listing: region"),
    _listing("listingRegionCode", "列入：地区代码", "listing: code of the region"),
    _listing("listingEdition", "列入：目录版本", "listing: edition"),
    _listing(
        "listingInForce",
        "列入：目录是否现行有效",
        "listing: whether the edition is in force",
        "以今天（北京时间）为准；起止日期不明时为“不详”。",
        "Today in China; 'unknown' where its dates are not known.",
    ),
    _listing("listingRow", "列入：目录行", "listing: printed row"),
    _listing("listingPrintedName", "列入：所印名称", "listing: printed name"),
    _listing("listingLevel", "列入：职称层级", "listing: level of the title"),
    _listing("listingTitle", "列入：职称", "listing: title"),
    _listing(
        "listingLevelMode",
        "列入：层级的含义",
        "listing: what the level means",
        "确定层级，或最高层级（最高可至该层级，并不等于授予）。",
        "The level given, or the highest that may be given, which grants nothing.",
    ),
    _listing(
        "listingCeiling",
        "列入：是否为最高层级",
        "listing: whether the level is a ceiling",
        "“是”表示所印层级是最高可给的层级，并不等于授予。",
        "'yes': the printed level is the highest that may be given, which does not grant it.",
    ),
    _listing("listingEffect", "列入：效力", "listing: effect"),
    _listing(
        "listingBasis",
        "列入：依据",
        "listing: basis",
        "listed 目录行列出；covered 由证书族或“及以上”推出。",
        "listed: the row lists it; covered: follows from its family or from “and above”.",
    ),
    _listing("listingCertain", "列入：识读是否确定", "listing: whether the reading is certain"),
    Property("abbreviation", "机构缩写", "abbreviation", types=("issuer",)),
    Property(
        "certificates",
        "颁发的证书",
        "certificates",
        "登记册中由该机构颁发的证书",
        "Certificates of the body in this graph",
        ("issuer",),
        entity="certificate",
    ),
)  # fmt: skip
PROPERTIES: Mapping[str, Property] = {one.id: one for one in _ALL}
# What a query may state; a body has nothing but its country.
STATED = tuple(one.id for one in _ALL if one.stated)

FEATURE_NAMES: Mapping[str, Named] = {
    "same_name": Named("same_name", "名称相同（不计排版、机构名与“证书”等字）", "same name, but for layout, issuer and filler words"),
    "same_issuer": Named("same_issuer", "发证机构相符", "the issuer fits"),
    "same_letters": Named("same_letters", "头衔字母相同", "letters in common"),
    "other_grade": Named("other_grade", "等级不符", "another grade"),
    "other_issuer": Named("other_issuer", "另一发证机构", "another issuer"),
    "rivals": Named("rivals", "同样符合的其他候选数", "how many others fit as well"),
    "look_alike": Named("look_alike", "候选中有名称相近而并非同一的证书", "a look-alike is among the candidates"),
    "contradicted": Named("contradicted", "与所给属性不符的个数", "how many of the given properties contradict"),
    "similarity": Named("similarity", "名称相似度（0 至 1）", "similarity of the names, 0 to 1"),
}  # fmt: skip
