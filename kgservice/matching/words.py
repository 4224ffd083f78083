"""Words of the field that the comparison knows: they hold for any directory, and name no certificate.

Grade words are compared as sets of what they can mean. 资深会员 is the Fellow of one body and the Senior Member of
another, so it agrees with either; 会员 and 会士 agree with nothing in common, so they are two certificates.
"""

from __future__ import annotations

from collections.abc import Mapping

FILLERS_ZH = ("资格证书", "证书", "资格认证", "认证", "资格", "的", "及以上", "以上", "级")
# 技术人员 and 技术员, 操作人员 and 操作员: one ending, printed long or short.
SHORTENED_ZH: Mapping[str, str] = {"人员": "员"}
FILLERS_LATIN = frozenset(
    [
        "the",
        "of",
        "in",
        "for",
        "and",
        "a",
        "an",
        "to",
        "with",
        "by",
        "on",
        "certificate",
        "certification",
        "certified",
        "international",
        "ltd",
        "inc",
        "co",
    ]
)
BODY_WORDS = (
    "职业协会",
    "联合会",
    "委员会",
    "理事会",
    "管理局",
    "协会",
    "学会",
    "公会",
    "总会",
    "大会",
    "学院",
    "联盟",
    "公司",
    "中心",
    "组织",
    "机构",
    "特别行政区",
)
# One form for each country or region as names print it.
COUNTRIES: Mapping[str, str] = {
    "中国香港特别行政区": "香港",
    "中国澳门特别行政区": "澳门",
    "中国香港": "香港",
    "中国澳门": "澳门",
    "中国台湾": "台湾",
    "香港": "香港",
    "澳门": "澳门",
    "台湾": "台湾",
    "英格兰及威尔士": "英国",
    "澳大利亚": "澳大利亚",
    "澳洲": "澳大利亚",
    "新西兰": "新西兰",
    "加拿大": "加拿大",
    "新加坡": "新加坡",
    "马来西亚": "马来西亚",
    "俄罗斯": "俄罗斯",
    "乌克兰": "乌克兰",
    "以色列": "以色列",
    "西班牙": "西班牙",
    "葡萄牙": "葡萄牙",
    "意大利": "意大利",
    "比利时": "比利时",
    "卢森堡": "卢森堡",
    "爱尔兰": "爱尔兰",
    "苏格兰": "苏格兰",
    "奥地利": "奥地利",
    "北美": "北美",
    "美国": "美国",
    "英国": "英国",
    "德国": "德国",
    "法国": "法国",
    "日本": "日本",
    "韩国": "韩国",
    "荷兰": "荷兰",
    "挪威": "挪威",
    "瑞士": "瑞士",
    "瑞典": "瑞典",
    "芬兰": "芬兰",
    "丹麦": "丹麦",
    "印度": "印度",
    "泰国": "泰国",
    "巴西": "巴西",
    "亚洲": "亚洲",
    "欧洲": "欧洲",
    "欧盟": "欧盟",
}

# A grade word and what it can mean; the longest is tried first.
GRADES_ZH: Mapping[str, frozenset[str]] = {
    printed: frozenset(meanings.split("|"))
    for printed, meanings in {
        "资深专业会员": "senior member|fellow",
        "荣誉会员": "honorary member",
        "正式会员": "full member|member",
        "正会员": "full member|fellow",
        "准会员": "associate member",
        "副会员": "associate member",
        "预备会员": "associate member",
        "技术会员": "associate member|technical member",
        "学生会员": "student member",
        "特许会员": "chartered member",
        "特许会士": "chartered fellow",
        "专业会员": "professional member|member",
        "杰出会员": "distinguished member",
        "资深会员": "senior member|fellow",
        "高级会员": "senior member",
        "协会成员": "associate member|member",
        "会士": "fellow",
        "院士": "fellow",
        "会员": "member",
        "初级": "junior|associate",
        "中级": "intermediate",
        "高级": "senior|advanced",
        "资深": "senior|fellow|master",
        "助理": "associate|assistant|junior",
        "候补": "associate|candidate",
        "首席": "principal|chief",
        "特许": "chartered",
        "注册": "registered",
        "主任": "incorporated",
        "专业级": "professional|specialty",
        "专业": "professional|specialty",
        "专家级": "expert|specialist|professional",
        "专家": "expert|specialist|professional",
        "经理级": "manager",
        "大师级": "master",
        "大师": "master",
        "基础级": "foundation|fundamentals",
        "基础": "foundation|fundamentals",
        "从业者": "practitioner",
        "从业": "practitioner",
        "战略级": "strategic",
        "总工程师": "chief",
    }.items()
}
GRADES_LATIN: Mapping[str, frozenset[str]] = {
    printed: frozenset(meanings.split("|"))
    for printed, meanings in {
        "honorary member": "honorary member",
        "honorary membership": "honorary member",
        "full member": "full member|member",
        "associate member": "associate member",
        "associateship": "associate member",
        "technical member": "technical member|associate member",
        "student member": "student member",
        "chartered member": "chartered member",
        "chartered membership": "chartered member",
        "chartered fellow": "chartered fellow",
        "professional member": "professional member|member",
        "distinguished member": "distinguished member",
        "senior member": "senior member",
        "fellowship": "fellow",
        "fellow": "fellow",
        "membership": "member",
        "member": "member",
        "licentiateship": "licentiate",
        "junior": "junior|associate",
        "intermediate": "intermediate",
        "senior": "senior|advanced",
        "advanced": "senior|advanced",
        "associate": "associate|junior|associate member|assistant",
        "assistant": "assistant|associate|junior",
        "principal": "principal|chief",
        "chartered": "chartered",
        "registered": "registered",
        "incorporated": "incorporated",
        "professional": "professional|specialty",
        "specialty": "professional|specialty|specialist",
        "specialist": "specialist|expert|professional|specialty",
        "expert": "expert|specialist|professional",
        "manager": "manager",
        "master": "master",
        "foundation": "foundation|fundamentals",
        "fundamental": "foundation|fundamentals",
        "practitioner": "practitioner",
        "technician": "technician",
    }.items()
}
# Meanings that qualify and do not rank: one list prints 注册 or 专业 where another leaves it out.
QUALIFYING = frozenset(["registered", "professional", "specialty", "expert", "specialist"])
NUMERALS: Mapping[str, str] = {
    **{zh: str(n) for n, zh in enumerate("一二三四五六七八九", 1)},
    **{
        en: str(n)
        for n, en in enumerate(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], 1
        )
    },
    **{roman: str(n) for n, roman in enumerate(["i", "ii", "iii", "iv", "v"], 1)},
}
