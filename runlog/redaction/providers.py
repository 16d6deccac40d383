"""How the credentials of well-known services look, in the forms that these document.

Each has the literals, one of which is in every text that the expression finds something in, and the expression. None
asks for a boundary before it, as a token that is glued to a word is one all the same, but where only a boundary keeps
the search from starting anew at each character, or words from being taken for tokens.
"""

from __future__ import annotations

_JWT = r"[A-Za-z0-9_\-]"

PRIVATE_KEYS = (
    (
        ("-----BEGIN ",),
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[A-Za-z0-9+/=\s:,.\-]|\\+[nr])*",
    ),
    (("---- BEGIN SSH2 ENC",), r"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----(?:[A-Za-z0-9+/=\s:,.\-]|\\+[nr])*"),
    (("Private-Lines: ",), r"Private-Lines: \d+(?P<secret>(?:\s|\\+[nr])+(?:[A-Za-z0-9+/=\s]|\\+[nr])+)"),
)
"""The first, as others might take their hyphens for their own and leave the key."""

CLOUDS = (
    (("AKIA", "ASIA", "ABIA", "ACCA"), r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}"),  # Amazon's key ids
    (("ABSK",), r"ABSK[A-Za-z0-9+/]{60,}={0,2}"),  # Bedrock
    (("bedrock-api-key-",), r"bedrock-api-key-[A-Za-z0-9+/=_\-]{20,}"),
    (("IQoJb3JpZ2lu", "FwoGZXIvYXdz", "AQoDYXdz"), r"(?:IQoJb3JpZ2lu|FwoGZXIvYXdz|AQoDYXdz)[A-Za-z0-9+/=%]{40,}"),
    (("AIza",), r"AIza[A-Za-z0-9_\-]{35}"),  # Google
    (("ya29.",), r"ya29\.[A-Za-z0-9_.\-]{20,}"),
    (("GOCSPX-",), r"GOCSPX-[A-Za-z0-9_\-]{20,}"),
    (("1//0",), r"1//0[A-Za-z0-9_\-]{30,}"),
    (("Q~",), r"[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.\-]{31,34}"),  # Entra
    # Azure's keys of 32 and 64 bytes that have a mark in them, and those of 64 bytes that have none.
    (("AIoT", "+ASb", "+AEh", "+ARm"), r"[A-Za-z0-9/+]{33}(?:AIoT|\+(?:ASb|AEh|ARm))[A-P][A-Za-z0-9/+]{5}="),
    (("APIM", "ACDb", "+ABa", "+AMC", "+ASt"), r"[A-Za-z0-9/+]{76}(?:APIM|ACDb|\+(?:ABa|AMC|ASt))[A-Za-z0-9+/]{5,7}=*"),
    (("AzSe", "AzFu", "AzCa"), r"[A-Za-z0-9_\-]{33,44}Az(?:Se|Fu|Ca)[A-Za-z0-9_\-]{6,8}={0,2}"),
    (("JQQJ9",), r"[A-Za-z0-9]{50,52}JQQJ9[A-Za-z0-9]{20,30}"),
    (("AZDO",), r"[A-Za-z0-9]{40,80}AZDO[A-Za-z0-9]{4}"),
    (("==",), r"(?<![A-Za-z0-9+/=\-])[A-Za-z0-9+/]{86}=="),
    (("webhook.office.com/",), r"webhook\.office\.com/(?P<secret>webhookb2/[^\s\"'<>]+)"),
    (("dop_v1_", "doo_v1_", "dor_v1_"), r"do[opr]_v1_[a-f0-9]{40,}"),  # DigitalOcean
    (("dapi",), r"dapi[0-9a-f]{32}(?:-\d)?"),  # Databricks
    (("LTAI",), r"LTAI[A-Za-z0-9]{12,30}"),  # Alibaba
    (("AKID",), r"AKID[A-Za-z0-9]{32,40}"),  # Tencent
    (("v1.0-",), r"v1\.0-[0-9a-f]{24}-[0-9a-f]{100,}"),  # Cloudflare
    (("hvs.",), r"hvs\.[A-Za-z0-9_\-]{24,}"),  # Vault
    (("pul-",), r"pul-[a-f0-9]{40}"),
    (("HRKU-",), r"HRKU-[A-Za-z0-9_\-]{36,}"),
    (("nfp_", "nfc_", "nfo_", "nfb_", "nfu_"), r"nf[pcobu]_[A-Za-z0-9_\-]{36,}"),  # Netlify
    (("fo1_", "fm1_", "fm2_"), r"(?<![A-Za-z0-9])(?:fo1|fm[12])_[A-Za-z0-9+/=_\-]{40,}"),  # Fly
)

CODE = (
    (("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"gh[pousr]_[A-Za-z0-9]{36,}"),
    (("github_pat_",), r"github_pat_[A-Za-z0-9_]{22,}"),
    (
        ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "glffct-"),
        r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent|oas|ffct)-[A-Za-z0-9_.\-]{20,}",
    ),
    (("GR1348941",), r"GR1348941[A-Za-z0-9_\-]{20,}"),
    (("ATBB", "ATCTT3", "ATATT3"), r"(?:ATBB|ATCTT3|ATATT3)[A-Za-z0-9_\-=]{24,}"),  # Atlassian
    (("rl_",), r"rl_[A-Za-z0-9_\-]{43}"),  # runlog's own server
    (("pypi-",), r"pypi-AgE[A-Za-z0-9_\-]{50,}"),
    (("npm_",), r"npm_[A-Za-z0-9]{36}"),
    (("rubygems_",), r"rubygems_[a-f0-9]{48}"),
    (("dckr_pat_", "dckr_oat_"), r"dckr_[po]at_[A-Za-z0-9_\-]{20,}"),
    (("sgp_",), r"sgp_(?:[a-f0-9]{16}_)?[a-f0-9]{40}"),
    (("CCIPAT_",), r"CCIPAT_[A-Za-z0-9]+_[a-f0-9]{40}"),
    (("lin_api_",), r"lin_api_[A-Za-z0-9]{32,}"),
    (("PMAK-",), r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    (("sntrys_", "sntryu_"), r"sntry[su]_[A-Za-z0-9+/=_]{40,}"),
    (("squ_", "sqp_", "sqa_"), r"sq[upa]_[a-f0-9]{40}"),
    (("bkua_",), r"bkua_[a-f0-9]{40}"),  # Buildkite
    (("AKCp",), r"AKCp[A-Za-z0-9]{60,}"),  # Artifactory
)

MODELS = (
    (("hf_", "api_org_"), r"(?:hf_|api_org_)[A-Za-z0-9]{30,}"),
    # OpenAI, Anthropic and others alike; a hash behind "task-" has no capital letters.
    (
        ("sk-",),
        (
            r"sk-(?:(?:proj|ant|svcacct|admin|None|or|lf)-[A-Za-z0-9_\-]{20,}|(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{32,})"
            r"|(?<![A-Za-z0-9])sk-[a-f0-9]{32}(?![A-Za-z0-9])"
        ),
    ),
    (("gsk_",), r"gsk_[A-Za-z0-9]{40,}"),
    (("xai-",), r"xai-[A-Za-z0-9]{60,}"),
    (("pplx-",), r"pplx-[A-Za-z0-9]{40,}"),
    (("r8_",), r"r8_[A-Za-z0-9]{30,}"),
    (("nvapi-",), r"nvapi-[A-Za-z0-9_\-]{40,}"),
    (("lsv2_",), r"lsv2_(?:pt|sk)_[a-f0-9]{32}(?:_[a-f0-9]{10})?"),
    (("wandb_v1_",), r"wandb_v1_[A-Za-z0-9_\-]{30,}"),
    (("tvly-",), r"tvly-(?:[a-z]+-)?[A-Za-z0-9]{28,}"),
    (("pcsk_",), r"pcsk_[A-Za-z0-9_]{40,}"),
    (("csk-",), r"csk-[a-z0-9]{40,}"),
    (("fw_",), r"fw_[A-Za-z0-9]{22,24}(?![A-Za-z0-9_])"),
    (("eyJhcGlf",), r"eyJhcGlf[A-Za-z0-9+/_\-]{40,}={0,2}"),  # Neptune
)

OTHERS = (
    (("AGE-SECRET-KEY-",), r"AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{40,}"),
    (
        ("xoxa-", "xoxb-", "xoxe-", "xoxo-", "xoxp-", "xoxr-", "xoxs-", "xoxc-", "xoxd-", "xapp-", "xwfp-"),
        r"(?:xoxe\.)?(?:xox[abcdeoprs]|xapp|xwfp)-[A-Za-z0-9\-][A-Za-z0-9%\-]{15,}",
    ),  # Slack
    (("hooks.slack.com/",), r"hooks\.slack\.com/(?:services|workflows|triggers)/(?P<secret>[A-Za-z0-9/]{20,})"),
    (("/api/webhooks/",), r"/api/webhooks/(?P<secret>\d{15,}/[A-Za-z0-9_\-]{40,})"),  # Discord
    (("k_live_", "k_test_"), r"[rsp]k_(?:live|test)_[A-Za-z0-9]{20,}"),  # Stripe
    (("whsec",), r"whsec_[A-Za-z0-9+/=]{24,}"),
    (("SG.",), r"SG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{30,}"),  # SendGrid
    (("SK", "AC"), r"(?<![A-Za-z0-9])(?:SK|AC)[0-9a-f]{32}(?![A-Za-z0-9])"),  # Twilio
    (("key-",), r"key-[0-9a-f]{32}(?![A-Za-z0-9])"),  # Mailgun
    (("-us",), r"[0-9a-f]{32}-us\d{1,2}"),  # Mailchimp
    (("xkeysib-", "xsmtpsib-"), r"x(?:key|smtp)sib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),  # Brevo
    ((":AA",), r"\d{8,10}:AA[A-Za-z0-9_\-]{32,}"),  # Telegram
    (("sq0atp-", "sq0csp-"), r"sq0(?:atp|csp)-[A-Za-z0-9_\-]{22,}"),  # Square
    (("shpat_", "shpca_", "shppa_", "shpss_"), r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),  # Shopify
    (("NRAK-",), r"NRAK-[A-Z0-9]{27}"),  # New Relic
    (("glsa_", "glc_"), r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}|glc_[A-Za-z0-9]{16}[A-Za-z0-9+/]{16,}={0,2}"),  # Grafana
    (("phc_", "phx_"), r"ph[cx]_[A-Za-z0-9]{32,}"),  # PostHog
    (("secret_", "ntn_"), r"(?:secret|ntn)_[A-Za-z0-9]{40,}"),  # Notion
    (("CFPAT-",), r"CFPAT-[A-Za-z0-9_\-]{40,}"),  # Contentful
    (("SSWS ",), r"SSWS (?P<secret>00[A-Za-z0-9_\-]{38,})"),  # Okta
    (("figd_",), r"figd_[A-Za-z0-9_\-]{38,}"),
    (("pscale_",), r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.\-]{32,}"),
    (("sbp_",), r"sbp_[a-f0-9]{40}"),  # Supabase
    (("tskey-",), r"tskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{20,}"),  # Tailscale
    (
        ("eyJ",),
        rf"(?<!{_JWT})(?={_JWT}+\.{_JWT}{{8}}){_JWT}*?(?P<secret>eyJ{_JWT}{{8,}}\.{_JWT}{{8,}}(?:\.{_JWT}*){{0,3}})",
    ),
    (("Bearer ", "bearer ", "Basic "), r"(?:[Bb]earer|[Bb]asic)[ \t]+(?P<secret>(?=[\w.+/~\-]*[\d=])[\w.+/=~\-]{8,})"),
)

PROVIDERS = (*CLOUDS, *CODE, *MODELS, *OTHERS)
