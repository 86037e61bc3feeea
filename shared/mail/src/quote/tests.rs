use super::*;

/// Each is cut from below an answer.
const QUOTES: [&str; 24] = [
    "On Mon, May 4, 2026 at 9:00 AM Ben <ben@acme.example> wrote:\n> Old.\n",
    "On Mon, May 4, 2026 at 9:00 AM Ben Agent of the support team <\nben@acme.example> wrote:\n\n> Old.\n> Older.\n\n",
    "On 04.05.26 09:00, Ben wrote:\nOld.\n",
    "Am 04.05.26 um 09:00 schrieb Ben:\n> Old.\n",
    "Ben <ben@acme.example> schrieb am Mo., 4. Mai 2026, 09:00:\n\n> Old.\n",
    "Le lun. 4 mai 2026 à 09:00, Ben <ben@acme.example> a écrit :\n> Old.\n",
    "El lun, 4 may 2026 a las 9:00, Ben (<ben@acme.example>) escribió:\n> Old.\n",
    "Il giorno lun 4 mag 2026 alle ore 09:00 Ben <ben@acme.example> ha scritto:\n> Old.\n",
    "Em seg., 4 de mai. de 2026 às 09:00, Ben <ben@acme.example> escreveu:\n> Old.\n",
    "Op ma 4 mei 2026 om 09:00 schreef Ben <ben@acme.example>:\n> Old.\n",
    "W dniu 4.05.2026 o 09:00, Ben pisze:\n> Old.\n",
    "pon., 4 maj 2026 o 09:00 Ben <ben@acme.example> napisał(a):\n> Old.\n",
    "Den mån 4 maj 2026 kl 09:00 skrev Ben <ben@acme.example>:\n> Old.\n",
    "2026年5月4日(月) 9:00 Ben <ben@acme.example>:\n> Old.\n",
    "2026/05/04 9:00、Ben <ben@acme.example>のメール:\n> Old.\n",
    "Ben <ben@acme.example> 于2026年5月4日周一 09:00写道：\n> Old.\n",
    "在 2026年5月4日，09:00，Ben <ben@acme.example> 写道：\n> Old.\n",
    "-----Original Message-----\nFrom: Ben\nOld.\n",
    "-------- Ursprüngliche Nachricht --------\nVon: Ben\nOld.\n",
    "From: Ben <ben@acme.example>\nSent: Monday, May 4, 2026 9:00 AM\nTo: Ada\nSubject: Re: x\n\nOld.\n",
    "*From:* Ben <ben@acme.example>\n*Date:* Monday, May 4, 2026 9:00 AM\n*To:* Ada\n\nOld.\n",
    "________________________________\nVon: Ben\nGesendet: Montag, 4. Mai 2026 09:00\nAn: Ada\nBetreff: AW: x\n\nAlt.\n",
    "De : Ben\nEnvoyé : lundi 4 mai 2026 09:00\nÀ : Ada\nObjet : RE: x\n\nVieux.\n",
    "> Old.\n>\n> Older.\n>> Oldest.\n",
];

#[test]
fn a_quote_at_the_end_is_cut() {
    for quote in QUOTES {
        for answer in ["Fine.", "Fine.\n\nAda\n-- \nExample Ltd"] {
            assert_eq!(new_text(&format!("{answer}\n\n{quote}")), answer, "{quote}");
            assert_eq!(new_text(&format!("{answer}\r\n\r\n{}", quote.replace('\n', "\r\n"))), answer, "{quote}");
        }
        assert_eq!(new_text(quote), quote, "nothing else would be left");
    }
}

/// People who write right above the quote leave no line empty.
#[test]
fn what_is_written_right_above_a_quote_stays() {
    for quote in QUOTES {
        for answer in ["Fine.\n\nPlease cancel it.", "Fine.\nOn it.\nAnd you?", "Call me at 10:30 or write to ada@example.com."] {
            assert_eq!(new_text(&format!("{answer}\n{quote}")), answer, "{quote}");
        }
    }
}

#[test]
fn what_is_no_quote_at_the_end_stays() {
    for text in [
        "Fine.",
        "",
        "On Monday my colleague wrote:\nit fails.",
        "He wrote:\n> it fails\nand so it did.",
        "> Old.\nNew.",
        "> One?\nYes.\n> Two?\nNo.\n",
        "On Mon, May 4, 2026 Ben <ben@acme.example> wrote:\n> Old.\nNew below.",
        "See:\n\n---------- Forwarded message ---------\nFrom: Carol\nDate: Mon, 4 May 2026\nSubject: x\nTo: Ada\n\nhi\n",
        "Begin forwarded message:\n\nFrom: Carol\nDate: 4 May 2026\nTo: Ada\n\nhi\n",
        "Steps:\nFrom: menu\nTo: screen\nthen it fails",
        "It says: 10:30 wrote error:",
        "a > b\nc > d",
    ] {
        assert_eq!(new_text(text), text);
    }
}

#[test]
fn a_forward_says_so_in_its_subject() {
    for subject in ["Fwd: x", "FW: x", " WG: x", "TR: x"] {
        assert!(is_forward(subject), "{subject}");
    }
    for subject in ["Re: Fwd: x", "forward: x", "", "Re: x"] {
        assert!(!is_forward(subject), "{subject}");
    }
}
