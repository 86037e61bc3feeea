//! Lines that begin a copy of an earlier mail without signs before its lines: rules with words, and blocks of header fields.

/// The words of rules above the copy of a mail that is answered.
const ANSWERED: [&str; 14] = [
    "original message",
    "original appointment",
    "ursprüngliche nachricht",
    "originalnachricht",
    "original-nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "messaggio originale",
    "mensagem original",
    "oorspronkelijk bericht",
    "ursprungligt meddelande",
    "oprindelig meddelelse",
    "opprinnelig melding",
];
/// The words of rules above the copy of a mail that is forwarded.
const FORWARDED: [&str; 16] = [
    "forwarded message",
    "begin forwarded message",
    "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht",
    "message transféré",
    "début du message transféré",
    "message transmis",
    "mensaje reenviado",
    "messaggio inoltrato",
    "inizio messaggio inoltrato",
    "mensagem encaminhada",
    "doorgestuurd bericht",
    "vidarebefordrat meddelande",
    "videresendt meddelelse",
    "przekazana wiadomość",
    "転送メッセージ",
];
/// The names of header fields in a copied mail: who wrote it, when, and to whom about what.
const FROM: [&str; 11] = ["from", "von", "de", "da", "van", "od", "från", "fra", "差出人", "送信元", "发件人"];
const SENT: [&str; 20] = [
    "sent",
    "date",
    "gesendet",
    "datum",
    "envoyé",
    "enviado",
    "enviada em",
    "fecha",
    "data",
    "inviato",
    "verzonden",
    "wysłano",
    "skickat",
    "sendt",
    "dato",
    "送信日時",
    "日付",
    "发送时间",
    "发送日期",
    "enviado el",
];
const ABOUT: [&str; 20] = [
    "to",
    "an",
    "à",
    "para",
    "a",
    "aan",
    "do",
    "till",
    "til",
    "宛先",
    "收件人",
    "subject",
    "betreff",
    "objet",
    "asunto",
    "oggetto",
    "assunto",
    "onderwerp",
    "件名",
    "主题",
];
/// The most lines of such a block before all three are there.
const LINES: usize = 6;

/// Whether a line is a rule above the copy of a mail that is answered.
pub(super) fn is_rule(line: &str) -> bool {
    in_rule(line).is_some_and(|words| ANSWERED.contains(&words.as_str()))
}

/// Whether a line begins the copy of a mail that is forwarded.
pub(super) fn is_forward(line: &str) -> bool {
    let words = in_rule(line).unwrap_or_else(|| line.trim().trim_end_matches([':', '：']).trim_end().to_lowercase());
    let is_alone = line.trim_end().ends_with([':', '：']) || in_rule(line).is_some();
    is_alone && FORWARDED.contains(&words.as_str())
}

/// Whether a line is drawn, and has no words.
pub(super) fn is_drawn(line: &str) -> bool {
    let line = line.trim();
    line.len() >= 5 && (line.bytes().all(|sign| sign == b'_') || line.bytes().all(|sign| sign == b'-'))
}

/// The words between the hyphens of a rule, in lower case.
fn in_rule(line: &str) -> Option<String> {
    let line = line.trim();
    let words = line.trim_matches(['-', '_', '=']).trim();
    let is_rule = line.len() >= words.len() + 4 && line.starts_with(['-', '_', '=']) && (1..60).contains(&words.len());
    is_rule.then(|| words.to_lowercase().replace('’', "'"))
}

/// Whether the header fields of a copied mail begin with this line.
pub(super) fn is_fields(lines: &[&str]) -> bool {
    let mut found = [false; 3];
    for (at, line) in lines.iter().take(LINES).enumerate() {
        let name = field(line);
        let kinds: [&[&str]; 3] = [&FROM, &SENT, &ABOUT];
        let kind = kinds.iter().position(|kind| name.as_deref().is_some_and(|name| kind.contains(&name)));
        match kind {
            Some(kind) if at > 0 || kind == 0 => found[kind] = true,
            _ if at == 0 => return false,
            // A long field goes on in the next line, which has no name of its own.
            _ if line.trim().is_empty() => break,
            _ => {}
        }
        // What both a sender and a recipient are called in one language or another.
        if at > 0 && name.as_deref() == Some("da") {
            found[1] = true;
        }
    }
    found == [true; 3]
}

/// The name of a header field, in lower case and without the stars that stand for bold letters.
fn field(line: &str) -> Option<String> {
    let line = line.trim().trim_start_matches('*');
    let (name, _) = line.split_once([':', '：'])?;
    let name = name.trim_end_matches('*').trim();
    (name.len() <= 30).then(|| name.to_lowercase())
}
