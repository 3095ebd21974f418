"""The guide to kiosks and its example files hold what the program shows and needs."""

import json
import re
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from builders.collection import COMMUNE, an_asking_commune
from builders.kiosks import a_device
from typer.testing import CliRunner

from app.cli import cli
from app.core.database import Database
from app.core.pages import STATIC

pytestmark = pytest.mark.anyio
DOCS = STATIC.parents[1] / "docs"
EXAMPLES = DOCS / "examples" / "kiosk"
GUIDE = (DOCS / "kiosk.md").read_text(encoding="utf-8")
NAME, ADDRESS = "sipas.hailong.lan", "192.168.1.10"


def headings(html: str) -> list[str]:
    """What screens of trouble say first."""
    troubles = re.findall(r'data-trouble="\w+".*?</main>|data-screen="failed".*?</section>', html, re.DOTALL)
    return [re.findall(r"<h[12][^>]*>([^<]+)</h[12]>", one)[0] for one in troubles]


async def test_every_screen_of_trouble_is_in_the_guide(client: httpx.AsyncClient, database: Database) -> None:
    with database.write() as session:
        an_asking_commune(session)
        device = a_device(session, COMMUNE)
    shell = (await client.get("/kiosk", params={"lang": "vi"})).text
    screens = (await client.get("/api/v1/kiosks/me", headers=device.bearer)).json()["screens"]["vi"]
    shown = [*headings(shell), *headings(screens)]
    assert len(shown) == 7
    assert [heading for heading in shown if f"**{heading}**" not in GUIDE] == []


def test_every_file_picture_and_command_of_the_guide_exists() -> None:
    linked = re.findall(r"\]\(([\w/.-]+)\)", GUIDE) + re.findall(r"`(examples/[\w/.-]+)`", GUIDE)
    assert [path for path in linked if not (DOCS / path).exists()] == []
    for command in set(re.findall(r"sipas (\w+ [\w-]+)", GUIDE)):
        assert CliRunner().invoke(cli, [*command.split(), "--help"]).exit_code == 0, command


def test_the_browser_is_held_to_one_site_and_keeps_what_waits() -> None:
    policy = json.loads((EXAMPLES / "chromium-policy.json").read_text(encoding="utf-8"))
    unit = (EXAMPLES / "sipas-kiosk.service").read_text(encoding="utf-8")
    command = unit.split("ExecStart=")[1].split("Restart=")[0]
    (site,) = (one for one in policy["URLAllowlist"] if one.startswith("https"))
    assert policy["URLBlocklist"] == ["*"]
    assert policy["VideoCaptureAllowedUrls"] == [site]
    assert f"{site}/kiosk" in command
    assert policy["IncognitoModeAvailability"] == 1
    assert "--incognito" not in command
    assert "DownloadRestrictions" not in policy
    assert "ClearBrowsingDataOnExitList" not in policy
    assert "--user-data-dir=/home/" in command


def test_a_camera_is_promised_where_browsers_read_codes_only() -> None:
    linux = GUIDE.split("### Linux")[1].split("### Windows")[0]
    assert "camera" not in linux
    assert "đọc bằng camera chỉ có trên Android" in GUIDE


def test_the_local_authority_vouches_for_one_server_only(tmp_path: Path) -> None:
    script = EXAMPLES / "local-authority.sh"
    subprocess.run(["sh", script, NAME, ADDRESS], cwd=tmp_path, check=True, capture_output=True)

    def verified(certificate: str, *options: str) -> bool:
        command = ["openssl", "verify", "-CAfile", "authority.crt", *options, certificate]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0

    assert verified("server.crt", "-verify_hostname", NAME)
    assert verified("server.crt", "-verify_ip", ADDRESS)
    assert not verified("server.crt", "-verify_hostname", "example.gov.vn")
    context = ssl.create_default_context(cafile=tmp_path / "authority.crt")
    assert context.get_ca_certs()
    assert (tmp_path / "authority.key").stat().st_mode & 0o077 == 0
    forged = """openssl req -newkey rsa:2048 -nodes -keyout o.key -out o.csr -subj /CN=other
        printf 'subjectAltName=DNS:other.example' > o.ext
        openssl x509 -req -in o.csr -CA authority.crt -CAkey authority.key -extfile o.ext -out o.crt"""
    subprocess.run(["sh", "-ec", forged], cwd=tmp_path, check=True, capture_output=True)
    assert not verified("o.crt")
