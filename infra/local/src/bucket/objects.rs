//! Objects as files. What is kept beside the bytes lies in a file beside the file.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, header},
};
use lambdesk_bucket::Object;
use lambdesk_domain::Timestamp;
use serde_json::{Map, Value};

use crate::own;

/// What the name of the file with the header fields ends with.
const HEADERS: &str = ".headers";
const KEPT: [HeaderName; 2] = [header::CONTENT_TYPE, header::CONTENT_DISPOSITION];

pub(super) struct Objects(PathBuf);

impl Objects {
    pub(super) fn open(directory: PathBuf) -> io::Result<Self> {
        own::directory(&directory)?;
        Ok(Self(directory))
    }

    /// The file of a key. Keys are made of letters, digits and a few signs, and lead nowhere else.
    fn file(&self, key: &str) -> io::Result<PathBuf> {
        let is_plain = |part: &str| {
            let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(is_known)
        };
        let is_own = key.split('/').all(is_plain) && !key.ends_with(HEADERS);
        if is_own { Ok(self.0.join(key)) } else { Err(io::Error::other(format!("the key {key:?}"))) }
    }

    pub(super) fn put(&self, key: &str, headers: &HeaderMap, bytes: &[u8]) -> io::Result<()> {
        let file = self.file(key)?;
        if let Some(folder) = file.parent() {
            own::directory(folder)?;
        }
        let text = |name: &HeaderName| Some((name.to_string(), Value::from(headers.get(name)?.to_str().ok()?)));
        let kept: Map<_, _> = KEPT.iter().filter_map(text).collect();
        own::keep(&beside(&file), Value::from(kept).to_string().as_bytes())?;
        own::keep(&file, bytes)
    }

    pub(super) fn get(&self, key: &str) -> io::Result<Option<(HeaderMap, Bytes)>> {
        let file = self.file(key)?;
        let Some(bytes) = if_there(fs::read(&file))? else { return Ok(None) };
        let kept: Map<String, Value> = match if_there(fs::read(beside(&file)))? {
            Some(kept) => serde_json::from_slice(&kept)?,
            None => Map::new(),
        };
        let value = |name: HeaderName| Some((HeaderValue::from_str(kept.get(name.as_str())?.as_str()?).ok()?, name));
        let headers = KEPT.into_iter().filter_map(value).map(|(value, name)| (name, value)).collect();
        Ok(Some((headers, bytes.into())))
    }

    pub(super) fn delete(&self, key: &str) -> io::Result<()> {
        let file = self.file(key)?;
        if_there(fs::remove_file(beside(&file)))?;
        if_there(fs::remove_file(file)).map(|_| ())
    }

    /// The objects whose keys begin so and come after `after`, by their keys.
    pub(super) fn list(&self, prefix: &str, after: &str) -> io::Result<Vec<Object>> {
        let folder = prefix.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut objects = Vec::new();
        add(&self.0.join(folder), folder, &mut objects)?;
        let is_asked = |key: &str| key.starts_with(prefix) && key > after && !key.ends_with(HEADERS);
        objects.retain(|object| is_asked(&object.key));
        objects.sort_unstable_by(|one, other| one.key.cmp(&other.key));
        Ok(objects)
    }
}

/// Adds the objects of a folder, whose own key this is.
fn add(folder: &Path, key: &str, objects: &mut Vec<Object>) -> io::Result<()> {
    for entry in if_there(fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        let name = entry.file_name();
        let key = if key.is_empty() { name.to_string_lossy().into_owned() } else { format!("{key}/{}", name.to_string_lossy()) };
        // An object may go while it is listed.
        let Some(about) = if_there(entry.metadata())? else { continue };
        if about.is_dir() {
            add(&entry.path(), &key, objects)?;
        } else {
            objects.push(Object { key, at: time(about.modified()?) });
        }
    }
    Ok(())
}

fn time(at: SystemTime) -> Timestamp {
    let micros = at.duration_since(SystemTime::UNIX_EPOCH).ok().and_then(|passed| i64::try_from(passed.as_micros()).ok());
    micros.and_then(Timestamp::from_micros).unwrap_or(Timestamp::EPOCH)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(HEADERS);
    name.into()
}

fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_kept_with_what_is_told_of_them() {
        let place = tempfile::tempdir().unwrap();
        let objects = Objects::open(place.path().to_owned()).unwrap();
        let headers: HeaderMap = [(header::CONTENT_TYPE, HeaderValue::from_static("image/png"))].into_iter().collect();
        objects.put("p/1/a/one", &headers, b"1").unwrap();
        objects.put("p/1/a/one.json", &HeaderMap::new(), b"{}").unwrap();
        objects.put("p/1/b/two", &HeaderMap::new(), b"2").unwrap();
        assert_eq!(objects.get("p/1/a/one").unwrap().unwrap(), (headers, Bytes::from_static(b"1")));
        assert_eq!(objects.get("p/1/a/three").unwrap(), None);
        let keys = |prefix: &str, after: &str| -> Vec<String> {
            objects.list(prefix, after).unwrap().into_iter().map(|object| object.key).collect()
        };
        assert_eq!(keys("p/1/a/", ""), ["p/1/a/one", "p/1/a/one.json"]);
        assert_eq!(keys("p/", ""), ["p/1/a/one", "p/1/a/one.json", "p/1/b/two"]);
        assert_eq!(keys("p/", "p/1/a/one"), ["p/1/a/one.json", "p/1/b/two"]);
        for _ in 0..2 {
            objects.delete("p/1/a/one").unwrap();
        }
        assert_eq!(keys("p/1/a/", ""), ["p/1/a/one.json"]);
        for odd in ["../x", "p/../../x", "p//x", "p/1/a/one.headers", ".x", "p/a b"] {
            assert!(objects.get(odd).is_err(), "{odd}");
        }
    }
}
