//! A part of the list of a bucket's objects, as S3 writes it.

use lambdesk_domain::Timestamp;

/// An object of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// When it was put there.
    pub at: Timestamp,
}

/// A part of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) objects: Vec<Object>,
    /// Whether more follow.
    pub(crate) goes_on: bool,
}

/// The list can't be read.
#[derive(Debug, thiserror::Error)]
#[error("S3's list of objects can't be read")]
pub(crate) struct Unreadable;

/// Reads a part of the list. Keys are made of letters, digits and a few signs, and need no escapes. So this is no reader of any
/// XML.
pub(crate) fn read(text: &str) -> Result<Listed, Unreadable> {
    let goes_on = within(text, "IsTruncated").ok_or(Unreadable)? == "true";
    let object = |object: &str| {
        let at = within(object, "LastModified")?.parse().ok()?;
        Some(Object { key: within(object, "Key")?.to_owned(), at })
    };
    let objects = text.split("<Contents>").skip(1).map(|each| object(each).ok_or(Unreadable)).collect::<Result<_, _>>()?;
    Ok(Listed { objects, goes_on })
}

fn within<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_s3_writes_it() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                    <Name>mails</Name><Prefix>inbound/</Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys>\
                    <IsTruncated>true</IsTruncated><Contents><Key>inbound/</Key><LastModified>2026-05-04T08:00:00.000Z</LastModified>\
                    <ETag>&quot;a&quot;</ETag><Size>0</Size></Contents><Contents><Key>inbound/abc</Key>\
                    <LastModified>2026-05-04T08:00:01.000Z</LastModified><Size>7</Size></Contents></ListBucketResult>";
        let object = |key: &str, at: &str| Object { key: key.to_owned(), at: at.parse().unwrap() };
        let objects = vec![object("inbound/", "2026-05-04T08:00:00Z"), object("inbound/abc", "2026-05-04T08:00:01Z")];
        assert_eq!(read(text).unwrap(), Listed { objects, goes_on: true });
        assert!(read("<Error><Code>AccessDenied</Code></Error>").is_err());
        assert!(read("<IsTruncated>false</IsTruncated><Contents></Contents>").is_err());
        let empty = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        assert_eq!(read(empty).unwrap(), Listed { objects: Vec::new(), goes_on: false });
    }
}
