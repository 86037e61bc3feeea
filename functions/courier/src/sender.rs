//! SES, as far as it sends: one call for each mail, which is never repeated by itself. The service knows no repeated call, so a
//! second one would be a second mail.

use std::time::Duration;

use aws_sdk_sesv2::{
    Client,
    config::{retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::send_email::SendEmailError,
    primitives::Blob,
    types::{Destination, EmailContent, MessageTag, RawMessage},
};
use hyper_util::client::legacy::Error as HttpError;
use lambdesk_domain::delivery::Outcome;
use lambdesk_mail::compose::Ready;
use lambdesk_runtime::{
    causes::causes,
    connect::{Access, BadEnvironment, endpoint, required},
};

/// How long a call may take: a mail may have 40 MB.
const LONGEST: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);
/// The region whose ids have another host than its own.
const FIRST_REGION: &str = "us-east-1";

/// The sending service.
#[derive(Clone)]
pub struct Sender {
    client: Client,
    configuration_set: String,
    host: String,
}

/// What a call came to.
pub(crate) enum Answer {
    Known(Outcome),
    /// The mail may have been sent. The service tells of it, if it was.
    Unknown(String),
}

impl Sender {
    /// The service with this configuration set; `endpoint` replaces the region's own.
    pub fn new(access: &Access, configuration_set: impl Into<String>, endpoint: Option<String>) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_timeout(LONGEST).build();
        let config = aws_sdk_sesv2::config::Builder::from(&access.aws_config(endpoint))
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let region = if access.region == FIRST_REGION { "email" } else { &access.region };
        let host = format!("{region}.amazonses.com");
        Self { client: Client::from_conf(config), configuration_set: configuration_set.into(), host }
    }

    /// The service from the environment: `MAIL_CONFIGURATION` is the configuration set, and `AWS_ENDPOINT_URL_SESV2` replaces the
    /// region's endpoint.
    pub fn from_env(access: &Access) -> Result<Self, BadEnvironment> {
        Ok(Self::new(access, required("MAIL_CONFIGURATION")?, endpoint("AWS_ENDPOINT_URL_SESV2")?))
    }

    /// The id that a mail has for whoever gets it, from the service's id of it.
    pub(crate) fn mail_id(&self, mail: &str) -> String {
        format!("{mail}@{}", self.host)
    }

    /// Sends a mail.
    pub(crate) async fn send(&self, from: &str, ready: Ready, tags: &[(&str, String)]) -> Answer {
        let Ready { raw, recipients } = ready;
        let recipients: Vec<_> = recipients.iter().map(ToString::to_string).collect();
        let tag = |(name, value): &(&str, String)| MessageTag::builder().name(*name).value(value).build();
        let raw = RawMessage::builder().data(Blob::new(raw)).build();
        let (Ok(raw), Ok(tags)) = (raw, tags.iter().map(tag).collect::<Result<Vec<_>, _>>()) else {
            return Answer::Known(Outcome::Failed("The call can't be written.".to_owned()));
        };
        let call = self
            .client
            .send_email()
            .from_email_address(from)
            .destination(Destination::builder().set_to_addresses(Some(recipients)).build())
            .content(EmailContent::builder().raw(raw).build())
            .set_email_tags(Some(tags))
            .configuration_set_name(&self.configuration_set);
        match call.send().await {
            Ok(output) => match output.message_id {
                Some(id) => Answer::Known(Outcome::Sent(id)),
                None => Answer::Unknown("the answer has no id".to_owned()),
            },
            Err(error) => refused(&error),
        }
    }
}

/// What becomes of a mail whose call has failed.
fn refused<R: std::fmt::Debug + 'static>(error: &SdkError<SendEmailError, R>) -> Answer {
    let reason = || causes(error);
    match error {
        SdkError::ServiceError(answer) => {
            let error = answer.err();
            let said = error.message().or(error.code()).unwrap_or("The mail was not taken.").to_owned();
            Answer::Known(if is_final(error) { Outcome::Failed(said) } else { Outcome::Later(said) })
        }
        SdkError::ConstructionFailure(_) => Answer::Known(Outcome::Later(reason())),
        SdkError::DispatchFailure(_) if has_not_left(error) => Answer::Known(Outcome::Later("No connection.".to_owned())),
        _ => Answer::Unknown(reason()),
    }
}

/// Whether the same mail would be refused again. What has to do with a bound or with the desk's own settings may pass.
fn is_final(error: &SendEmailError) -> bool {
    matches!(
        error,
        SendEmailError::MessageRejected(_)
            | SendEmailError::MailFromDomainNotVerifiedException(_)
            | SendEmailError::AccountSuspendedException(_)
            | SendEmailError::SendingPausedException(_)
            | SendEmailError::BadRequestException(_)
            | SendEmailError::NotFoundException(_)
    )
}

/// Whether there was no connection over which the mail could have left.
fn has_not_left(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut errors = std::iter::successors(Some(error), |error| error.source());
    errors.any(|error| error.downcast_ref::<HttpError>().is_some_and(HttpError::is_connect))
}
