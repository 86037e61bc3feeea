//! What comes with a mail.

use lambdesk_domain::attachment::FileType;
use lambdesk_mail::letter::{Bytes, File, Letter};

use crate::desk::letter;

#[test]
fn names_are_right_in_all_ways_of_writing_them() {
    let names: Vec<_> = letter("file-names").files.into_iter().map(|file| file.name).collect();
    assert_eq!(
        names,
        [
            "Rechnung über fünf.pdf",
            "Angebot für Ada.pdf",
            "Grüße.txt",
            "Überblick.ods",
            "Größe.ods",
            ".._.._etc_passwd",
            "C:_temp_a.txt"
        ]
    );
    assert!(letter("file-names").files.iter().all(|file| file.bytes == Bytes::Kept(b"hello".to_vec()) && file.size == 5));
}

fn with_files(sizes: &[usize]) -> Vec<File> {
    let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
    for size in sizes {
        raw.extend(b"--b\r\nContent-Type: application/zip; name=a.zip\r\n\r\n");
        raw.extend(vec![b'x'; *size]);
        raw.extend(b"\r\n");
    }
    raw.extend(b"--b--\r\n");
    Letter::read(&raw).files
}

#[test]
fn too_many_and_too_large_files_are_only_listed() {
    let kept = |files: &[File]| files.iter().filter(|file| matches!(file.bytes, Bytes::Kept(_))).count();
    let many = with_files(&[10; 21]);
    assert_eq!((many.len(), kept(&many)), (21, 20));
    let mb = 1024 * 1024;
    let large = with_files(&[11 * mb, 5]);
    assert_eq!((large[0].size, &large[0].bytes, kept(&large)), (11 * mb, &Bytes::TooLarge, 1));
    let all = with_files(&[10 * mb, 10 * mb, 10 * mb]);
    assert_eq!((all.len(), kept(&all)), (3, 2));
}

#[test]
fn a_file_is_what_its_bytes_are() {
    let files = letter("odd-files").files;
    let kinds: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.kind, file.kind.is_picture())).collect();
    assert_eq!(
        kinds,
        [
            ("invoice.pdf.html", FileType::Bytes, false),
            ("logo.svg", FileType::Bytes, false),
            ("photo.png", FileType::Bytes, false),
            ("real.bin", FileType::Png, true)
        ]
    );
    assert_eq!(FileType::Bytes.name(), "application/octet-stream");
}

#[test]
fn a_mail_that_is_attached_is_a_file() {
    let raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee it.\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner\r\n--b--\r\n";
    let letter = Letter::read(raw.as_bytes());
    assert_eq!((letter.plain.as_deref(), letter.files.len()), (Some("See it."), 1));
    assert_eq!(
        (letter.files[0].name.as_str(), &letter.files[0].bytes),
        ("message.eml", &Bytes::Kept(b"Subject: inner\r\n\r\ninner".to_vec()))
    );
}
