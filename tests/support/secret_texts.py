# ruff: noqa: RUF001 - letters that look like others are what this is about
"""Texts with a secret in them, in the forms that services, tools and programs write. All of them are made up."""

from __future__ import annotations

from base64 import b64encode
from itertools import cycle, islice
from typing import NamedTuple


class Secret(NamedTuple):
    """One text, and what of it must not be left."""

    text: str
    secret: str


def made_up(length: int, of: str = "A1b2C3d4E5f6G7h8") -> str:
    """So many characters of a form, which nobody takes for a real secret."""
    return "".join(islice(cycle(of), length))


LETTERS = made_up(64, "FakeSecret0")
HEX = made_up(64, "0123456789abcdef")
PLAIN = "hunter2-F4ke"
WORD = "hunter2x"
KEY_64 = made_up(86) + "=="
KEY_32 = made_up(43) + "="
LOGIN = b64encode(b"ada:not-real-pw").decode()
UUID = "01234567-89ab-cdef-0123-456789abcdef"


def beside(*forms: str, secret: str = PLAIN) -> list[Secret]:
    """Texts with the secret put into them."""
    return [Secret(form.replace("SECRET", secret), secret) for form in forms]


AZURE = [
    *beside(
        "Ocp-Apim-Subscription-Key: SECRET",
        "'ocp-apim-subscription-key': 'SECRET'",
        "subscription_key=SECRET",
        "storage_key = SECRET",
        "master_key=SECRET",
        "primaryKey: SECRET",
        '{"primaryKey": "SECRET"}',
        '{"secondaryKey":"SECRET"}',
        '{"primaryMasterKey": "SECRET", "kind": "GlobalDocumentDB"}',
        "X-Auth-Key: SECRET",
        "shared_key=SECRET",
        "app_key: SECRET",
        "host_key=SECRET",
        "query_key: SECRET",
        "client = SearchClient(url, AzureKeyCredential('SECRET'))",
        "hostKeys: SECRET",
        "admin-key: SECRET",
        secret=made_up(32),
    ),
    *beside("'x-functions-key': 'SECRET'", "_master: x-functions-key=SECRET", secret=KEY_32),
    *beside("aeg-sas-key=SECRET", "aeg-sas-key: SECRET", secret=KEY_32),
    *beside(
        "GET https://f.azurewebsites.net/api/f?code=SECRET",
        "https://f.azurewebsites.net/api/f?name=ada&code=SECRET 200 OK",
        secret=made_up(54) + "==",
    ),
    *beside(
        "https://acc.blob.core.windows.net/c/b.csv?sv=2024-11-04&se=2026-01-01&sr=b&sp=r&sig=SECRET",
        "SharedAccessSignature sr=https%3A%2F%2Fns.servicebus.windows.net&sig=SECRET&se=1700000000&skn=root",
        secret=made_up(43) + "%3D",
    ),
    *beside(
        "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=SECRET;EndpointSuffix=core.windows.net",
        "AccountEndpoint=https://db.documents.azure.com:443/;AccountKey=SECRET;",
        "the key of the account: SECRET (64 bytes)",
        secret=KEY_64,
    ),
    *beside(
        "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=root;SharedAccessKey=SECRET;EntityPath=hub",
        "HostName=h.azure-devices.net;DeviceId=d;SharedAccessKey=SECRET",
        "cache.redis.cache.windows.net:6380,password=SECRET,ssl=True,abortConnect=False",
        secret=KEY_32,
    ),
    *beside(
        "InstrumentationKey=SECRET;IngestionEndpoint=https://westeurope-1.in.applicationinsights.azure.com/",
        "APPINSIGHTS_INSTRUMENTATIONKEY=SECRET",
        secret=UUID,
    ),
    *beside(
        "Server=tcp:db.database.windows.net,1433;Initial Catalog=x;User ID=sa;Password=SECRET;Encrypt=True",
        "Driver={ODBC Driver 18 for SQL Server};Server=db;Uid=sa;Pwd=SECRET;",
        "Driver={ODBC Driver 18 for SQL Server};Server=db;Uid=sa;Pwd={SECRET};",
        "BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=2024-11-04&sig=SECRET",
        "client_secret=SECRET",
        '"clientSecret": "SECRET"',
    ),
    *beside("the new secret of the app, SECRET, was set", secret="abc8Q~" + made_up(34)),
    *beside("found SECRET in the settings", secret=made_up(76) + "+ASt" + made_up(6) + "=="),
    *beside("found SECRET in the settings", secret=made_up(44) + "AzFu" + made_up(6) + "=="),
    *beside("found SECRET in the settings", secret=made_up(42) + "AzSe" + made_up(6)),
    *beside("found SECRET in the settings", secret=made_up(52) + "JQQJ99" + made_up(26)),
    *beside("found SECRET in the settings", secret=made_up(76) + "AZDO" + made_up(4)),
    *beside(
        "https://x.webhook.office.com/SECRET", secret="webhookb2/" + UUID + "@" + UUID + "/IncomingWebhook/" + HEX[:32]
    ),
]

PROVIDERS = [
    Secret(f"using {one} from now on", one)
    for one in (
        *(f"gh{kind}_{made_up(36)}" for kind in "pousr"),
        f"github_pat_{made_up(22)}_{made_up(59)}",
        *(f"{kind}-{made_up(20)}" for kind in ("glpat", "gldt", "glrt", "glptt", "glsoat")),
        f"xoxb-123456789012-123456789012-{made_up(24)}",
        f"xoxp-123456789012-{made_up(24)}",
        f"xapp-1-A0123-{made_up(24)}",
        f"sk_live_{made_up(24)}",
        f"sk_test_{made_up(24)}",
        f"rk_live_{made_up(24)}",
        f"whsec_{made_up(32)}",
        f"sk-{made_up(48)}",
        f"sk-proj-{made_up(60)}",
        f"sk-ant-api03-{made_up(60)}-AA",
        f"sk-or-v1-{HEX}",
        f"gsk_{made_up(52)}",
        f"xai-{made_up(80)}",
        f"pplx-{made_up(48)}",
        f"r8_{made_up(37)}",
        f"nvapi-{made_up(64)}",
        f"lsv2_pt_{HEX[:32]}_{HEX[:10]}",
        f"hf_{made_up(34, 'FakeSecret')}",
        f"AKIA{made_up(16, 'FAKE234')}",
        f"ASIA{made_up(16, 'FAKE234')}",
        f"AIza{made_up(35)}",
        f"ya29.a0{made_up(80)}",
        f"GOCSPX-{made_up(28)}",
        f"1//0{made_up(40)}",
        f"npm_{made_up(36)}",
        f"pypi-AgEIcHlwaS5vcmc{made_up(80)}",
        f"rubygems_{HEX[:48]}",
        f"dckr_pat_{made_up(27)}",
        f"SG.{made_up(22)}.{made_up(43)}",
        f"SK{HEX[:32]}",
        f"key-{HEX[:32]}",
        f"{HEX[:32]}-us12",
        f"xkeysib-{HEX}-{made_up(16)}",
        f"123456789:AA{made_up(33)}",
        f"dop_v1_{HEX}",
        f"dapi{HEX[:32]}",
        f"hvs.{made_up(90)}",
        f"shpat_{HEX[:32]}",
        f"sq0csp-{made_up(43)}",
        f"NRAK-{made_up(27, 'FAKE234')}",
        f"glsa_{made_up(32)}_{HEX[:8]}",
        f"PMAK-{HEX[:24]}-{HEX[:34]}",
        f"lin_api_{made_up(40)}",
        f"figd_{made_up(40)}",
        f"tskey-auth-{made_up(12)}-{made_up(32)}",
        f"ATATT3{made_up(60)}",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJmYWtlIn0.{made_up(43)}",
        f"eyJhcGlfYWRkcmVzcyI6Imh0dHBz{made_up(60)}==",
        f"rl_{made_up(43)}",
    )
] + [
    Secret("-----BEGIN PRIVATE KEY-----\nMIIE" + made_up(60) + "\n-----END PRIVATE KEY-----", made_up(60)),
    Secret("-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl" + made_up(60) + "\\n-----END", made_up(60)),
    Secret("https://hooks.slack.com/services/T000/B000/" + made_up(24), made_up(24)),
    Secret("https://discord.com/api/webhooks/123456789012345678/" + made_up(68), made_up(68)),
]

COMMAND_LINES = beside(
    "train.py --password SECRET --lr 0.1",
    "tool --pw SECRET",
    "tool --db-password=SECRET -v",
    "tool -Password SECRET -Force",
    "curl -u ada:SECRET https://host/x",
    "curl --user ada:SECRET https://host/x",
    'curl -u "ada:SECRET" https://host/x',
    "curl -x proxy --proxy-user ada:SECRET https://host",
    "curl -H 'X-Api-Key: SECRET' https://host",
    "mysql -h db -u root -pSECRET shop",
    "mysqldump --password=SECRET shop",
    "PGPASSWORD=SECRET psql -h db",
    "export MYSQL_PWD=SECRET",
    "docker login -u ada -p SECRET registry.example",
    "sshpass -p SECRET ssh ada@host",
    "mongosh db -u ada -p SECRET",
    "redis-cli -h cache -a SECRET ping",
    "sqlcmd -S db -U sa -P SECRET",
    "echo SECRET | docker login -u ada --password-stdin",
    "openssl rsa -in key.pem -passin pass:SECRET",
    "smbclient //host/share -U ada%SECRET",
    "['train.py', '--api-key', 'SECRET']",
    '["tool", "--token", "SECRET"]',
    "keytool -storepass SECRET -list",
    "tool --aws_secret_access_key=SECRET",
)

FILES = [
    *beside(
        "machine api.example login ada password SECRET",
        "machine api.example\n  login ada\n  password SECRET\n",
        "db.example:5432:shop:ada:SECRET",
        "*:*:*:ada:SECRET",
        "db:\n  password: SECRET\n  port: 5432",
        'password = "SECRET"',
        "<password>SECRET</password>",
        '<add key="Password" value="SECRET" />',
        "- name: DB_PASSWORD\n  value: SECRET",
        '{"name": "API_TOKEN", "value": "SECRET"}',
        "CREATE USER ada IDENTIFIED BY 'SECRET'",
        "ALTER ROLE ada WITH PASSWORD 'SECRET'",
        "jdbc:oracle:thin:ada/SECRET@db:1521:x",
        "//registry.npmjs.org/:_password=SECRET",
        "os.environ['DB_PASSWORD'] = 'SECRET'",
        'config["api_key"] = "SECRET"',
        "requests.get(url, auth=('ada', 'SECRET'))",
        "HTTPBasicAuth('ada', 'SECRET')",
        "Config(user='ada', password='SECRET', retries=3)",
        "{'user': 'ada', 'password': b'SECRET'}",
    ),
    Secret('{"auths": {"registry.example": {"auth": "' + LOGIN + '"}}}', LOGIN),
    Secret("//registry.npmjs.org/:_authToken=" + UUID, UUID),
    Secret("_auth=" + LOGIN, LOGIN),
]

HEADERS = [
    *beside(
        "Authorization: Bearer SECRET",
        "authorization: token SECRET",
        "Authorization: ApiKey SECRET",
        "Proxy-Authorization: Basic SECRET",
        "X-Api-Key: SECRET",
        "x-auth-token: SECRET",
        "Cookie: session=SECRET",
        "Cookie: theme=dark; session=SECRET; lang=en",
        "Set-Cookie: session=SECRET; Path=/; HttpOnly",
        'Authorization: Digest username="ada", realm="x", nonce="n", response="SECRET"',
        "Authorization: AWS4-HMAC-SHA256 Credential=x/20260101, SignedHeaders=host, Signature=SECRET",
        "send: b'GET /x HTTP/1.1\\r\\nHost: h\\r\\nX-Api-Key: SECRET\\r\\nAccept: */*\\r\\n'",
        "b'X-Api-Key: abcdefgh1234\\r\\nCookie: session=SECRET\\r\\n'",
        "[('Host', 'h'), ('X-Api-Key', 'SECRET')]",
        "[(b'host', b'h'), (b'authorization', b'Bearer SECRET')]",
        '[["Cookie", "session=SECRET"]]',
        "{'{cookie}i': 'session=SECRET'}",
        '{"{x-auth-token}i": "SECRET"}',
        '{"{http_cookie}e": "a=SECRET"}',
        "HTTP_AUTHORIZATION='Bearer SECRET'",
        secret=made_up(24),
    ),
    Secret("Authorization: Basic " + LOGIN, LOGIN),
    Secret("sent Basic " + LOGIN + " to host", LOGIN),
    Secret("{'Authorization': 'Basic " + LOGIN + "'}", LOGIN),
    Secret("Authorization: SharedKey acc:" + KEY_32, KEY_32),
]

ADDRESSES = beside(
    "https://ada:SECRET@host/x",
    "postgresql://ada:SECRET@db:5432/shop?sslmode=on",
    "postgresql://ada:SECRET/with#signs@db:5432/shop",
    "redis://:SECRET@cache:6379/0",
    "mongodb+srv://ada:SECRET@cluster/x",
    "amqp://ada:SECRET@mq//",
    "git clone https://SECRET@example.org/a/b.git",
    "https://host/x?api_key=SECRET&page=2",
    "https://host/x?access_token=SECRET",
    "https://host/x?password=SECRET#top",
    "redirect=https%3A%2F%2Fhost%2F%3Fpassword%3DSECRET",
    "%22password%22%3A%22SECRET%22",
)

WORDS = beside(
    "password: SECRET",
    "Passwort: SECRET",
    "Kennwort=SECRET",
    "mot de passe : SECRET",
    "contraseña: SECRET",
    "contrasena=SECRET",
    "senha: SECRET",
    "wachtwoord: SECRET",
    "lösenord: SECRET",
    "hasło: SECRET",
    "heslo=SECRET",
    "şifre: SECRET",
    "parola: SECRET",
    "salasana: SECRET",
    "adgangskode: SECRET",
    "jelszó: SECRET",
    "пароль: SECRET",
    "Пароль=SECRET",
    "密码：SECRET",
    "密码: SECRET",
    "密碼＝SECRET",
    "パスワード：SECRET",
    "비밀번호: SECRET",
    "κωδικός πρόσβασης: SECRET",
    "كلمة المرور: SECRET",
    "סיסמה: SECRET",
    "mật khẩu: SECRET",
    "kata sandi: SECRET",
    "passwоrd: SECRET",
    "pass\u200bword: SECRET",
    "ｐａｓｓｗｏｒｄ＝SECRET",
    "password＝SECRET",
    "the password is SECRET",
    "your password is now SECRET.",
    "the password is 'SECRET'",
    secret=WORD,
)

IN_CODE = [
    *beside(
        'password: str = "SECRET"',
        "DB_PASS=SECRET",
        "smtp_pass: SECRET",
        "OPENAI_KEY=SECRET",
        "secret => SECRET",
        "user.password := SECRET",
        "password==SECRET",
        '{"a": {"b": [{"password": "SECRET"}]}}',
        '{"message": "{\\"password\\": \\"SECRET\\"}"}',
        '"{\\"a\\": \\"{\\\\\\"secret\\\\\\": \\\\\\"SECRET\\\\\\"}\\"}"',
        "passphrase: SECRET horse battery",
        "password          : SECRET",
        "login failed (password=SECRET)",
        "login failed [password=SECRET, user=ada]",
        "api_key='SECRET'",
        "my_jwt=SECRET",
        "encryption_key=SECRET",
        "account_key: SECRET",
        "private_key=SECRET",
        "session_token=SECRET",
        "refreshToken: SECRET",
        "x_csrf_token=SECRET",
        "tool(password=SECRET)",
        secret="hunter2-F4ke",
    ),
    Secret("password=ab)cd,ef&gh next", "cd,ef&gh"),
    Secret("password=pa'ss9word next", "ss9word"),
    Secret("Password=with;semi9colon next", "semi9colon"),
]

ALL = [*AZURE, *PROVIDERS, *COMMAND_LINES, *FILES, *HEADERS, *ADDRESSES, *WORDS, *IN_CODE]
