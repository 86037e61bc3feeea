//! Parameters of SSM, read once at the start. One signed call each; the SDK of SSM would take longer to compile than the rest of
//! the desk.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use http::{Request, header};
use lambdesk_runtime::connect::{Access, endpoint};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The value of a parameter, decrypted. `AWS_ENDPOINT_URL_SSM` replaces the region's own endpoint.
pub(crate) async fn parameter(access: &Access, name: &str) -> Result<String, Failure> {
    let endpoint = endpoint("AWS_ENDPOINT_URL_SSM")?;
    let url = endpoint.unwrap_or_else(|| format!("https://ssm.{}.amazonaws.com", access.region));
    let body = json!({"Name": name, "WithDecryption": true}).to_string();
    let request = Request::post(format!("{url}/"))
        .header(header::CONTENT_TYPE, "application/x-amz-json-1.1")
        .header("x-amz-target", "AmazonSSM.GetParameter")
        .body(body.into_bytes())?;
    let answer = lambdesk_session::fetch(signed(access, request)?).await?;
    if !answer.status().is_success() {
        return Err(format!("the parameter {name} can't be read: {}", answer.status()).into());
    }
    let answer: Value = serde_json::from_slice(answer.body())?;
    let value = answer["Parameter"]["Value"].as_str().ok_or_else(|| format!("the parameter {name} has no value"))?;
    Ok(value.to_owned())
}

fn signed(access: &Access, mut request: Request<Vec<u8>>) -> Result<Request<Vec<u8>>, Failure> {
    let (id, secret, token) = access.credentials.clone();
    let identity = Credentials::new(id, secret, token, None, "environment").into();
    let settings = SigningParams::builder()
        .identity(&identity)
        .region(&access.region)
        .name("ssm")
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let url = request.uri().to_string();
    let headers = request.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new("POST", url, headers, SignableBody::Bytes(request.body()))?;
    let (instructions, _) = sign(signable, &settings)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}
