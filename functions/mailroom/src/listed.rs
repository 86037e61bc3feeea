//! A part of the list of a bucket's objects, as S3 writes it.

use lambdesk_domain::Timestamp;

use crate::{arrival::INBOUND, mails::Kept};

/// A part of the list.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) mails: Vec<Kept>,
    /// The last object's name.
    pub(crate) last: Option<String>,
    /// Whether more follow.
    pub(crate) goes_on: bool,
}

/// The list can't be read.
#[derive(Debug, thiserror::Error)]
#[error("S3's list of the mails can't be read")]
pub(crate) struct Unreadable;

/// Reads a part of the list. What the service's ids are made of needs no escapes, so this is no reader of any XML.
pub(crate) fn read(text: &str) -> Result<Listed, Unreadable> {
    let goes_on = within(text, "IsTruncated").ok_or(Unreadable)? == "true";
    let mut listed = Listed { mails: Vec::new(), last: None, goes_on };
    for object in text.split("<Contents>").skip(1) {
        let key = within(object, "Key").ok_or(Unreadable)?;
        let at = within(object, "LastModified").and_then(|at| at.parse::<Timestamp>().ok()).ok_or(Unreadable)?;
        if let Some(id) = key.strip_prefix(INBOUND).filter(|id| !id.is_empty()) {
            listed.mails.push(Kept { id: id.to_owned(), at });
        }
        listed.last = Some(key.to_owned());
    }
    Ok(listed)
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
        let at = "2026-05-04T08:00:01Z".parse().unwrap();
        let mails = vec![Kept { id: "abc".to_owned(), at }];
        assert_eq!(read(text).unwrap(), Listed { mails, last: Some("inbound/abc".to_owned()), goes_on: true });
        assert!(read("<Error><Code>AccessDenied</Code></Error>").is_err());
        assert!(read("<IsTruncated>false</IsTruncated><Contents></Contents>").is_err());
    }
}
