# ruff: noqa: RUF001 - letters that look like others are what this is about
"""More texts with a secret in them, as programs of many kinds write them. All of them are made up."""

from __future__ import annotations

import json
from base64 import b64encode
from urllib.parse import quote

from support.secret_texts import Secret, beside

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def mixed(length: int, of: str = _ALPHABET, seed: int = 7) -> str:
    """So many characters that look random, the same at each call."""
    state, made = seed, ""
    while len(made) < length:
        state = (state * 1_103_515_245 + 12_345) % 2**31
        made += of[(state >> 12) % len(of)]
    return made


HEX = "0123456789abcdef"
PASSWORD = "Tr0ub4dor&3x"
LOGIN = b64encode(b"svc-train:Tr0ub4dor").decode()

TOKENS = [
    Secret(form.replace("TOKEN", one), one)
    for form, one in (
        ("gh auth login --with-token <<< TOKEN", "ghp_" + mixed(36)),
        ("remote: https://x-access-token:TOKEN@github.com/a/b", "ghs_" + mixed(36, seed=3)),
        ("git remote add o https://oauth2:TOKEN@gitlab.com/a/b.git", "glpat-" + mixed(20, seed=5)),
        (
            "slack_sdk: token TOKEN is not allowed",
            f"xoxb-{mixed(12, '0123456789')}-{mixed(12, '0123456789')}-{mixed(24)}",
        ),
        ("stripe.api_key = 'TOKEN'", "sk_live_" + mixed(24, seed=11)),
        ("Restricted key TOKEN has no permission", "rk_test_" + mixed(30, seed=13)),
        ("openai.AuthenticationError: Incorrect API key provided: TOKEN.", "sk-proj-" + mixed(70, seed=17)),
        ("anthropic client TOKEN", f"sk-ant-api03-{mixed(93, seed=19)}-AA"),
        ("HUGGING_FACE_HUB_TOKEN TOKEN", "hf_" + mixed(34, seed=23)),
        ("access key TOKEN was rotated", "AKIA" + mixed(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
        ("InvalidAccessKeyId: TOKEN", "ASIA" + mixed(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", seed=3)),
        ("GET https://maps.googleapis.com/maps/api/js?key=TOKEN", "AIza" + mixed(35, seed=29)),
        ("oauth2 refresh with TOKEN", "1//0" + mixed(60, seed=31)),
        ("registry token TOKEN expired", "npm_" + mixed(36, seed=37)),
        ("twine upload with TOKEN", "pypi-AgEIcHlwaS5vcmc" + mixed(90, seed=41)),
        ("docker pat TOKEN", "dckr_pat_" + mixed(27, seed=43)),
        ("sendgrid said no to TOKEN", f"SG.{mixed(22)}.{mixed(43, seed=3)}"),
        ("bot TOKEN polling", f"{mixed(9, '123456789')}:AA{mixed(33, seed=47)}"),
        ("databricks configure TOKEN", "dapi" + mixed(32, HEX, seed=3)),
        ("vault login TOKEN", "hvs." + mixed(95, seed=53)),
        ("shop TOKEN", "shpat_" + mixed(32, HEX, seed=5)),
        ("grafana TOKEN", f"glsa_{mixed(32)}_{mixed(8, HEX)}"),
        ("figma TOKEN", "figd_" + mixed(40, seed=59)),
        ("up with TOKEN", f"tskey-auth-{mixed(12)}CNTRL-{mixed(32, seed=3)}"),
        ("jira TOKEN", "ATATT3xFfGF0" + mixed(170, seed=61)),
        ("datadog agent key: TOKEN", mixed(32, HEX, seed=7)),
        ("age identity TOKEN", "AGE-SECRET-KEY-1" + mixed(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
        ("netlify TOKEN", "nfp_" + mixed(36, seed=71)),
        ("fly TOKEN", "fo1_" + mixed(43, seed=73)),
        ("buildkite TOKEN", "bkua_" + mixed(40, HEX, seed=9)),
        ("replicate TOKEN", "r8_" + mixed(37, seed=79)),
        ("groq TOKEN", "gsk_" + mixed(52, seed=83)),
        ("sentry TOKEN", "sntrys_" + mixed(120, seed=89)),
        ("1password TOKEN", "ops_eyJ" + mixed(250, seed=97)),
        ("artifactory TOKEN", "AKCp" + mixed(69, seed=101)),
        ("planetscale TOKEN", "pscale_tkn_" + mixed(43, seed=103)),
        ("notion TOKEN", "ntn_" + mixed(46, seed=107)),
        ("okta SSWS TOKEN", "00" + mixed(40, seed=109)),
        ("new relic TOKEN", "NRAK-" + mixed(27, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")),
        ("contentful TOKEN", "CFPAT-" + mixed(43, seed=113)),
        ("pulumi TOKEN", "pul-" + mixed(40, HEX, seed=11)),
        ("heroku TOKEN", "HRKU-" + mixed(60, seed=127)),
    )
]

PLACES = [
    *beside(
        "psql 'host=db user=ada password=SECRET dbname=shop'",
        "sqlalchemy.exc.OperationalError: (psycopg2) postgresql+psycopg2://ada:SECRET@db/shop",
        "mysql+pymysql://ada:SECRET@10.0.0.7:3306/shop?charset=utf8mb4",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3D%7BODBC%7D%3BUID%3Dsa%3BPWD%3DSECRET",
        "snowflake://ada:SECRET@acc/db",
        "kafka: sasl.password=SECRET",
        "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username='a' password='SECRET';",
        "spring.datasource.password=SECRET",
        "celery -b amqp://ada:SECRET@mq:5672//",
        "ftp://ada:SECRET@files.example/in",
        "ldap bind failed: dn=cn=admin,dc=x password=SECRET",
        "ssh_pass: SECRET",
        "ansible_become_pass=SECRET",
        "ANSIBLE_VAULT_PASSWORD=SECRET ansible-playbook x.yml",
        "helm install x --set db.password=SECRET",
        "docker run -e POSTGRES_PASSWORD=SECRET -p 5432:5432 postgres",
        "kubectl create secret generic x --from-literal=password=SECRET",
        "wget --user=ada --password=SECRET https://host/x",
        "wget --http-password SECRET https://host",
        "az login -u ada -p SECRET",
        "impdp system/x@db ENCRYPTION_PASSWORD=SECRET",
        "rabbitmqadmin -u ada -p SECRET list queues",
        "mosquitto_sub -h mq -u ada -P SECRET -t x",
        "htpasswd -nbB ada SECRET",
        "openssl enc -aes-256-cbc -k x -pass pass:SECRET",
        "psexec \\\\host -u ada -p SECRET cmd",
        "net use Z: \\\\host\\share /user:ada SECRET",
        "htpasswd -cb /etc/x ada SECRET",
        "echo 'ada:SECRET' | chpasswd",
        "$cred = ConvertTo-SecureString 'SECRET' -AsPlainText -Force",
        "machine git.example login ada password SECRET\nmachine other login b",
        "default login anonymous password SECRET",
        "[client]\nuser=ada\npassword=SECRET\n",
        "http.extraheader=AUTHORIZATION: bearer SECRET",
        "<connectionStrings><add connectionString='Server=db;User Id=sa;Password=SECRET;'/></connectionStrings>",
        "{'headers': {'x-api-key': 'SECRET', 'accept': '*/*'}}",
        "Headers({'host': 'h', 'authorization': 'Bearer SECRET'})",
        "curl: > X-Auth-Token: SECRET",
        "SMTP AUTH failed for ada, password 'SECRET'",
        "loguru | login(user='ada', password='SECRET') -> False",
        "ValidationError: password\n  Value error [type=value_error, input_value={'password': 'SECRET'}, input_type=dict]",
        "namespace(user='ada', password='SECRET', lr=0.1)",
        "Secret(name='x', client_secret='SECRET')",
        "argv: ['prog', '--db_password', 'SECRET', '-v']",
        'docker: {"Env": ["PATH=/bin", "MYSQL_ROOT_PASSWORD=SECRET"]}',
        "env: 0: POSTGRES_PASSWORD=SECRET 1: PATH=/bin",
        json.dumps(json.dumps({"user": "ada", "password": "SECRET"})),
        json.dumps({"a": json.dumps({"b": json.dumps({"password": "SECRET"})})}),
        repr({"a": [("password", "SECRET")]}),
        repr(b'{"password": "SECRET"}'),
        secret="Tr0ub4dorX3q",
    ),
    Secret(f"https://host/cb?state=1&client_secret={quote('p@ss/W0rd+9')}&x=1", quote("p@ss/W0rd+9")),
    Secret(f"Authorization: Basic {LOGIN}\r\nHost: h", LOGIN),
    Secret("proxy: http://ada:Tr0ub4dor%263x@proxy:3128", "Tr0ub4dor%263x"),
]

WORDS = beside(
    "das Passwort lautet SECRET",
    "Passwort für ada: SECRET",
    "mot_de_passe=SECRET",
    "la contraseña es SECRET",
    "clave_secreta=SECRET",
    "a senha é SECRET",
    "het wachtwoord is SECRET",
    "wachtwoord=SECRET",
    "hasło użytkownika: SECRET",
    "password for user ada: SECRET",
    "password of ada = SECRET",
    "пароль пользователя: SECRET",
    "пароль = SECRET",
    "密码是SECRET",
    "用户密码：SECRET",
    "パスワードはSECRETです",
    "비밀번호는 SECRET 입니다",
    "şifre = SECRET",
    "lösenord=SECRET",
    "kodeord: SECRET",
    "jelszó=SECRET",
    "parolă: SECRET",
    "passord: SECRET",
    "salasana=SECRET",
    "contraseña_db=SECRET",
    "Passwort:\tSECRET",
    secret="geheim7x9Q",
)

ALL = [*TOKENS, *PLACES, *WORDS]
