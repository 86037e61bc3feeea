//! What an error says, for the log.

use std::{error::Error, iter::successors};

/// What an error says, followed by its causes. The SDK's own `DisplayErrorContext` also shows the answer that could not be read,
/// and an answer of DynamoDB has what people wrote.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let said: Vec<_> = successors(Some(error), |&error| error.source()).map(ToString::to_string).collect();
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use std::io;

    use aws_smithy_runtime_api::{
        client::result::SdkError,
        http::{Response, StatusCode},
    };
    use aws_smithy_types::body::SdkBody;

    use super::*;

    #[test]
    fn an_answer_that_can_t_be_read_is_not_shown() {
        let answer = Response::new(StatusCode::try_from(200).unwrap(), SdkBody::from("what Ada wrote"));
        let error: SdkError<io::Error, _> = SdkError::response_error(io::Error::other("the body is cut off"), answer);
        assert!(format!("{error:?}").contains("what Ada wrote") || format!("{error:?}").contains("Once"), "{error:?}");
        assert_eq!(causes(&error), "response error: the body is cut off");
    }
}
