//! The way of agents in and out, on Lambda. The environment says how agents sign in:
//!
//! | variable | meaning |
//! | --- | --- |
//! | `SIGN_IN` | `cognito`, `oidc` or `none` |
//! | `OIDC_ISSUER` | the provider's address |
//! | `OIDC_CLIENT_ID_PARAMETER` | the SSM parameter that holds the desk's id there |
//! | `OIDC_CLIENT_SECRET_PARAMETER` | the SSM parameter that holds the desk's secret there; absent or empty, it has none |

mod parameters;

use std::sync::Arc;

use lambdesk_http::session::SignIn;
use lambdesk_runtime::connect::{Access, optional, required};
use lambdesk_session::{Gate, Provider, Registration};

use crate::parameters::parameter;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let gate = gate().await?;
    lambdesk_http::run::on_lambda(|context| lambdesk_session::routes(context, gate)).await
}

async fn gate() -> Result<Gate, Failure> {
    let sign_in = SignIn::from_env()?;
    if sign_in == SignIn::None {
        return Ok(Gate::default());
    }
    let access = Access::from_env()?;
    let client_id = parameter(&access, &required("OIDC_CLIENT_ID_PARAMETER")?).await?;
    let secret = optional("OIDC_CLIENT_SECRET_PARAMETER");
    let client_secret = match secret {
        Some(name) => Some(parameter(&access, &name).await?),
        None => None,
    };
    let provider = Provider::new(Registration { issuer: required("OIDC_ISSUER")?, client_id, client_secret })?;
    Ok(Gate { sign_in, provider: Some(Arc::new(provider)) })
}
