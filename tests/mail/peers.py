"""Mail programs of others and the desk: swaks, Python's smtplib, and Postfix as a relay send to it, and mutt reads what it sends."""

import os
import pathlib
import pwd
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

from desk import DOMAIN, Desk, free_port, is_open, until
from mutt import conversation

TO = f"demo@{DOMAIN}"
FROM = "ada@example.com"


def same(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, not {expected!r}")


def swaks(desk, subject, *flags):
    command = ["swaks", "--server", f"127.0.0.1:{desk.smtp}", "--to", TO, "--from", FROM, "--header", f"Subject: {subject}", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def sent_by_swaks(desk):
    """Plain, with a file, with lines of dots, several requests at once, and without a sender."""
    plain = swaks(desk, "swaks plain", "--body", "hello\n.\n..\n.end")
    same(plain.returncode, 0, plain.stdout + plain.stderr)
    [row] = desk.noted_as("swaks plain")
    same((row["state"], row["verified"]), ("opened", True), "swaks")
    messages = desk.call("GET", f"tickets/{row['ticket']}/messages/")["results"]
    same(messages[0]["content"], "hello\n.\n..\n.end", "lines of dots")
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(b"%PDF-1.7\n" + bytes(range(256)) * 40)
        file.flush()
        attached = swaks(desk, "swaks file", "--attach-type", "application/pdf", "--attach", f"@{file.name}", "--body", "see there")
        same(attached.returncode, 0, attached.stdout + attached.stderr)
    same([row["files"] for row in desk.noted_as("swaks file")], [1], "an attached file")
    piped = swaks(desk, "swaks pipeline", "--pipeline", "--body", "hello")
    same(piped.returncode, 0, piped.stdout + piped.stderr)
    same(len(desk.noted_as("swaks pipeline")), 1, "several requests at once")
    bounce = swaks(desk, "swaks bounce", "--from", "<>", "--h-From", "mailer-daemon@example.com", "--body", "not delivered")
    same(bounce.returncode, 0, bounce.stdout + bounce.stderr)
    same([row["reason"] for row in desk.noted_as("swaks bounce")], ["bounce"], "the empty sender")
    elsewhere = swaks(desk, "swaks elsewhere", "--to", "bob@example.com", "--body", "hello")
    assert "550" in elsewhere.stdout and elsewhere.returncode != 0, elsewhere.stdout


def letter(subject, body="hello", sender=FROM, to=TO):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = f"<{subject.replace(' ', '.')}@mail.example.com>"
    mail.set_content(body)
    return mail


def sent_by_smtplib(desk):
    """A large mail, letters beyond ASCII as they are, a mail that says it is too large, and several mails on one connection."""
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=60) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("size") and smtp.has_extn("8bitmime") and smtp.has_extn("pipelining"), smtp.esmtp_features
        smtp.send_message(letter("smtplib large", "A line of an export.\n" * 20_000))
        raw = f"From: {FROM}\r\nTo: {TO}\r\nSubject: smtplib eight\r\n\r\nGrüße, 東京\r\n".encode()
        smtp.sendmail(FROM, [TO], raw, mail_options=["BODY=8BITMIME"])
        code, _ = smtp.docmd("MAIL", f"FROM:<{FROM}> SIZE=41000000")
        same(code, 552, "a mail that says it is too large")
        smtp.rset()
        refused = smtp.sendmail(FROM, [TO, "bob@example.com"], letter("smtplib refused").as_bytes())
        same({to: code for to, (code, _) in refused.items()}, {"bob@example.com": 550}, "whom the desk does not know")
    [row] = desk.noted_as("smtplib large")
    same(row["state"], "opened", "a large mail")
    [row] = desk.noted_as("smtplib eight")
    content = desk.call("GET", f"tickets/{row['ticket']}/messages/")["results"][0]["content"]
    same(content, "Grüße, 東京", "letters as they are")
    same(len(desk.noted_as("smtplib refused")), 1, "for whom it is known")


class Postfix:
    """A Postfix that relays all it gets to the desk: with a configuration, a queue and a port of its own."""

    def __init__(self, desk):
        self.desk, self.port = desk, free_port()

    def __enter__(self):
        # Its own servers run as another user, who has to get there.
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="lambdesk-postfix-"))
        self.directory.chmod(0o755)
        config, spool, data = (self.directory / name for name in ["etc", "spool", "data"])
        for made in [config, spool, data]:
            made.mkdir()
        owner = pwd.getpwnam("postfix")
        os.chown(data, owner.pw_uid, owner.pw_gid)
        (config / "main.cf").write_text(
            f"""compatibility_level = 3.6
myhostname = relay.example.com
mydestination =
local_recipient_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{self.desk.smtp}
queue_directory = {spool}
data_directory = {data}
maillog_file = {self.directory}/log
maillog_file_prefixes = {self.directory}
alias_maps =
alias_database =
smtp_tls_security_level = none
smtputf8_enable = no
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
"""
        )
        servers = [
            "pickup unix n - n 60 1 pickup", "cleanup unix n - n - 0 cleanup", "qmgr unix n - n 1 1 qmgr",
            "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce",
            "trace unix - - n - 0 bounce", "verify unix - - n - 1 verify", "proxymap unix - - n - - proxymap",
            "smtp unix - - n - - smtp", "relay unix - - n - - smtp", "showq unix n - n - - showq", "error unix - - n - - error",
            "retry unix - - n - - error", "discard unix - - n - - discard", "anvil unix - - n - 1 anvil", "scache unix - - n - 1 scache",
            "postlog unix-dgram n - n - 1 postlogd", f"127.0.0.1:{self.port} inet n - n - - smtpd",
        ]
        (config / "master.cf").write_text("\n".join(servers) + "\n")
        self.run("start")
        until(lambda: is_open(self.port), "Postfix starts")
        return self

    def run(self, what):
        done = subprocess.run(["postfix", "-c", str(self.directory / "etc"), what], capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise AssertionError(f"postfix {what}: {done.stdout} {done.stderr} {self.log()}")

    def log(self):
        log = self.directory / "log"
        return log.read_text() if log.exists() else ""

    def __exit__(self, *_):
        self.run("stop")
        shutil.rmtree(self.directory, ignore_errors=True)


def relayed_by_postfix(desk):
    with Postfix(desk) as postfix:
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=60) as smtp:
            for place in range(5):
                smtp.send_message(letter(f"postfix {place}", ".\nA line.\n.\n"))
            smtp.sendmail("", [TO], letter("postfix bounce", sender="mailer-daemon@example.com").as_bytes())
            smtp.sendmail(FROM, [f"nobody@{DOMAIN}", TO], letter("postfix two").as_bytes())
        try:
            for place in range(5):
                [row] = desk.noted_as(f"postfix {place}")
                same(row["state"], "opened", "relayed by Postfix")
            content = desk.call("GET", f"tickets/{row['ticket']}/messages/")["results"][0]["content"]
            same(content, ".\nA line.\n.", "lines of dots, twice relayed")
            same([row["reason"] for row in desk.noted_as("postfix bounce")], ["bounce"], "the empty sender")
            same([row["state"] for row in desk.noted_as("postfix two")], ["opened"], "two recipients, one of them known")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{postfix.log()}") from error


def read_by_mutt(desk):
    """An answer of the desk, in one conversation with the mail that it answers."""
    asked = letter("mutt asks", "The export stops.")
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=60) as smtp:
        smtp.send_message(asked)
    [row] = desk.noted_as("mutt asks")
    answer = {"type": "paragraph", "content": [{"type": "text", "text": "Try »again« in 東京"}]}
    body = {"message": "Try »again« in 東京", "rich_content": {"type": "doc", "content": [answer]}}
    desk.call("POST", f"tickets/{row['ticket']}/reply/", body)
    [sent] = until(lambda: desk.call("GET", "/_local/mail/outbox?project_id=1")["results"], "the answer leaves")
    shown = conversation([asked.as_bytes(), desk.read(f"/_local/mail/outbox/{sent['id']}.eml")])
    for line in ["Subject: mutt asks", "The export stops.", "Subject: Re: mutt asks", f"To: {FROM}", "Try »again« in 東京"]:
        assert line in shown, f"{line!r} is not in what mutt shows: {shown}"
    same([line for line in shown.splitlines() if line.startswith("Reply-To: ") and f"@{DOMAIN}" not in line], [], "where answers go")


def many(desk, count=1_000, connections=8):
    """How long a thousand mails take. That is told and not held to a bound: machines differ."""

    def send(first):
        with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=120) as smtp:
            for place in range(first, count, connections):
                smtp.send_message(letter(f"many {place}", sender=f"customer{place}@example.com"))

    begun = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(send, range(connections)))
    seconds = time.monotonic() - begun
    rows = [row for row in desk.noted() if row["subject"].startswith("many ")]
    same(len({row["subject"] for row in rows}), count, "each of many mails is noted")
    same({row["state"] for row in rows}, {"opened"}, "many mails")
    same(len(rows), count, "once")
    print(f"{count} mails over {connections} connections: {seconds:.1f} s, {count / seconds:.0f} a second")


def main():
    peers = {"swaks": sent_by_swaks, "smtplib": sent_by_smtplib, "Postfix": relayed_by_postfix, "mutt": read_by_mutt, "a thousand": many}
    for name, peer in peers.items():
        # Each with a desk of its own, for a sender may open 20 tickets an hour.
        with Desk() as desk:
            peer(desk)
        print(f"{name}: ok", file=sys.stderr)


main()
