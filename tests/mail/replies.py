"""Replies of real people that talon's authors collected, as answers on a ticket: each shows what is new, and its original the rest too."""

import email
import pathlib
import re
import smtplib
import sys
import tarfile

from desk import DOMAIN, Desk

FROM = "ada@example.com"
FOLDER = "tests/fixtures/standard_replies/"
# How many there are at least. Fewer are an error.
LEAST = 12
# Where the desk shows more than talon would.
LONGER = {
    # The answer stands below what it quotes, so the two are read together.
    "thunderbird": "On 04/02/2012 06:26 PM, Megan One wrote:\n> Hi \nHello",
    # The line above the quote is in a language in which the desk knows none.
    "android": 'Hello\n02.04.2012 14:20 пользователь "bob@xxx.mailgun.org" <\nbob@xxx.mailgun.org> написал:',
}


def collected(kept):
    """Each reply's name, the mail, and what is new in it."""
    with tarfile.open(kept / "talon-1.4.4.tar.gz") as archive:
        files = {file.name.split("/", 1)[1]: archive.extractfile(file).read() for file in archive if file.isfile()}
    for path in sorted(files):
        if path.startswith(FOLDER) and path.endswith(".eml"):
            name = path.removeprefix(FOLDER).removesuffix(".eml")
            new = files.get(f"{FOLDER}{name}_reply_text", b"Hello").decode().strip()
            yield name, files[path], LONGER.get(name, new)


def send(desk, to, raw):
    """Sends a mail, and returns what is noted of it."""
    with smtplib.SMTP("127.0.0.1", desk.smtp, timeout=60) as smtp:
        smtp.ehlo()
        smtp.mail(FROM, ["BODY=8BITMIME"])
        smtp.rcpt(to)
        code, said = smtp.data(raw)
    if code != 250:
        raise AssertionError(f"{code} {said!r}")
    id = said.decode().rsplit(" ", 1)[1]
    return next(row for row in desk.noted() if row["ses_id"] == id)


def answered(desk):
    """A ticket, and the address to which its customer answers."""
    ticket = send(desk, f"demo@{DOMAIN}", f"From: {FROM}\nSubject: Hi\nMessage-ID: <q@mail.example.com>\n\nHi\n".encode())["ticket"]
    desk.call("POST", f"tickets/{ticket}/reply/", {"message": "Hi"})
    desk.call("POST", "/_local/drain")
    [mail] = desk.call("GET", "/_local/mail/outbox?project_id=1")["results"]
    return ticket, re.search(rb"Reply-To: <([^>]+)>", desk.read(f"/_local/mail/outbox/{mail['id']}.eml"))[1].decode()


def as_answer(name, raw, to):
    """The mail as if Ada had written it to the desk."""
    mail = email.message_from_bytes(raw)
    for field, value in {"From": FROM, "To": to, "Message-ID": f"<{name}@mail.example.com>"}.items():
        del mail[field]
        mail[field] = value
    for field in ("In-Reply-To", "References", "Cc", "Reply-To"):
        del mail[field]
    return mail.as_bytes()


def main():
    replies = list(collected(pathlib.Path(sys.argv[1])))
    if len(replies) < LEAST:
        raise AssertionError(f"{len(replies)} replies, not {LEAST} or more")
    with Desk() as desk:
        ticket, to = answered(desk)
        for name, raw, new in replies:
            row = send(desk, to, as_answer(name, raw, to))
            if (row["state"], row["ticket"]) != ("appended", ticket):
                raise AssertionError(f"{name}: {row}")
            message = desk.call("GET", f"tickets/{ticket}/messages/")["results"][-1]
            if message["content"].strip() != new:
                raise AssertionError(f"{name}: {message['content']!r}, not {new!r}")
            whole = desk.call("GET", f"tickets/{ticket}/messages/{message['id']}/full-email/")["text"]
            if message["source"]["quoted"] != (len(whole) > len(message["content"])):
                raise AssertionError(f"{name}: {message['source']}, and its original {whole!r}")
    print(f"talon: {len(replies)} replies show what is new in them")


main()
