"""Mails that others collected, all of them through a desk's listener: each is noted once, and none of them fails."""

import glob
import json
import pathlib
import re
import smtplib
import subprocess
import sys
import tarfile
from collections import Counter

from desk import DOMAIN, Desk


def source(crate, manifest):
    """Where cargo keeps the source of a crate. Those of other machines may not be here, so they are not asked for."""
    host = subprocess.run(["rustc", "--print", "host-tuple"], check=True, capture_output=True, text=True).stdout.strip()
    command = ["cargo", "metadata", "--format-version=1", "--offline", "--filter-platform", host, "--manifest-path", manifest]
    packages = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["packages"]
    [found] = [package for package in packages if package["name"] == crate]
    return pathlib.Path(found["manifest_path"]).parent


def of_mail_parser(_):
    return [path.read_bytes() for path in sorted(source("mail-parser", "Cargo.toml").glob("resources/eml/**/*.eml"))]


def of_python(_):
    import test.test_email

    return [pathlib.Path(path).read_bytes() for path in sorted(glob.glob(f"{pathlib.Path(test.test_email.__file__).parent}/data/*.txt"))]


def of_talon(kept):
    with tarfile.open(kept / "talon-1.4.4.tar.gz") as archive:
        return [archive.extractfile(file).read() for file in archive if file.name.endswith(".eml")]


def of_reply_parser(kept):
    """Bodies without a head, as replies to nothing."""
    head = b"From: Ada <ada@example.com>\r\nTo: demo@desk.test\r\nSubject: Re: a reply\r\n\r\n"
    folder = source("email_reply_parser", str(kept / "crate/Cargo.toml")) / "tests/emails"
    return [head + path.read_bytes() for path in sorted(folder.glob("*.txt"))]


# How many each of them has at least. One that has fewer, or that is not there, is an error.
CORPORA = {"mail-parser": (of_mail_parser, 100), "Python": (of_python, 40), "talon": (of_talon, 13), "email_reply_parser": (of_reply_parser, 20)}


def through(desk, mails):
    """Sends the mails; returns the desk's ids of them."""
    ids = []
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=120) as smtp:
        smtp.ehlo()
        for place, raw in enumerate(mails):
            smtp.mail(f"corpus{place}@example.com", ["BODY=8BITMIME"])
            smtp.rcpt(f"demo@{DOMAIN}")
            code, said = smtp.data(raw)
            if code != 250:
                raise AssertionError(f"mail {place}: {code} {said!r}")
            ids.append(said.decode().rsplit(" ", 1)[1])
    return ids


def main():
    kept = pathlib.Path(sys.argv[1])
    for name, (read, least) in CORPORA.items():
        mails = read(kept)
        if len(mails) < least:
            raise AssertionError(f"{name}: {len(mails)} mails, not {least} or more")
        with Desk() as desk:
            ids = through(desk, mails)
            rows = desk.noted()
            counts = Counter(row["ses_id"] for row in rows)
            wrong = {id for id in ids if counts[id] != 1}
            if wrong or len(rows) != len(ids):
                raise AssertionError(f"{name}: {len(ids)} mails, {len(rows)} rows; not noted once: {wrong}")
            states = Counter(row["state"] for row in rows)
            if states["failed"]:
                raise AssertionError(f"{name}: {states}")
            said = desk.said()
            if re.search(r"\b(ERROR|panicked)\b", said):
                raise AssertionError(f"{name}: {said}")
        print(f"{name}: {len(mails)} mails, each noted once: {dict(states)}")


main()
