//! Functions of people's own. They run elsewhere, behind an address that speaks Lambda's API: `sam local start-lambda` and
//! `cargo lambda watch` are such.

use std::{str::FromStr, time::Duration};

use reqwest::{Client, Url};

/// The longest that an invocation takes.
const LONGEST: Duration = Duration::from_mins(15);

/// Where functions are invoked.
#[derive(Debug, Clone)]
pub struct Functions {
    client: Client,
    base: Url,
}

/// Why a function did not take an event.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    #[error("there is no answer: {0}")]
    NoAnswer(#[from] reqwest::Error),
    #[error("its answer is {0}")]
    Refused(reqwest::StatusCode),
    /// The function itself failed.
    #[error("it failed: {0}")]
    Failed(String),
}

impl FromStr for Functions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let base: Url = text.parse().map_err(|error| format!("{error}"))?;
        if base.scheme() != "http" || base.cannot_be_a_base() {
            return Err("must begin with http://".to_owned());
        }
        let client = Client::builder().timeout(LONGEST).build().map_err(|error| error.to_string())?;
        Ok(Self { client, base })
    }
}

impl Functions {
    /// Invokes a function with an event, and waits until it is done. `sam local` knows no other way.
    pub(crate) async fn invoke(&self, name: &str, event: String) -> Result<(), NotTaken> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["2015-03-31", "functions", name, "invocations"]);
        }
        let request = self.client.post(url).header("content-type", "application/json");
        let response = request.header("x-amz-invocation-type", "RequestResponse").body(event).send().await?;
        if !response.status().is_success() {
            return Err(NotTaken::Refused(response.status()));
        }
        match response.headers().get("x-amz-function-error") {
            Some(kind) => Err(NotTaken::Failed(String::from_utf8_lossy(kind.as_bytes()).into_owned())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_of_http() {
        assert!("http://127.0.0.1:3001".parse::<Functions>().is_ok());
        assert!("http://127.0.0.1:3001/".parse::<Functions>().is_ok());
        for wrong in ["127.0.0.1:3001", "https://lambda.example.com", "mailto:ada@example.com", ""] {
            assert!(wrong.parse::<Functions>().is_err(), "{wrong}");
        }
    }
}
