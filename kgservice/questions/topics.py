"""What named questions are about, and for whom they are made: the groups in which pages and lists show them."""

from __future__ import annotations

from collections.abc import Mapping

# In the order in which they are shown.
TOPICS: Mapping[str, Mapping[str, str]] = {
    "certificate": {"zh": "一种证书", "en": "One certificate"},
    "finding": {"zh": "按名称、机构、国家（地区）查找", "en": "Finding by name, issuer or country"},
    "comparison": {"zh": "各地比较", "en": "Regions compared"},
    "directory": {"zh": "目录、版本与所印各行", "en": "Directories, editions and printed rows"},
    "eligibility": {"zh": "申报与考核条件", "en": "Conditions for application and assessment"},
    "benefit": {"zh": "便利与减免", "en": "Benefits and exemptions"},
    "graph": {"zh": "图谱本身：模型、检查、文件", "en": "The graph itself: model, checks, files"},
    "other": {"zh": "其他", "en": "Further questions"},
}
OTHER = "other"

# ``api``: made as a part of the API's answers (one fact per line, everything of a kind); of use to programs.
AUDIENCES = ("everyone", "api")
EVERYONE = "everyone"
