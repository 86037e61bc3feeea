//! `cargo run`: the whole desk on this machine.

use std::{io, num::NonZeroU64, path::PathBuf, process::ExitCode, time::Duration};

use clap::Parser;
use lambdesk_domain::facts::FactKind;
use lambdesk_http::public_url::PublicUrl;
use lambdesk_local::{Functions, Options, Registration, Running, start};
use tokio::signal::unix::{SignalKind, signal};

/// Runs the whole desk in one process, with an embedded DynamoDB. `RUST_LOG` says what is logged (default: warn).
#[derive(Parser)]
#[command(name = "lambdesk-local", version)]
struct Flags {
    /// The port on 127.0.0.1 that the desk listens on. 0 takes any free port.
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// The port on 127.0.0.1 that plays recordings, apart from the desk's own. [default: the one after --port, or any free one]
    #[arg(long, value_name = "PORT")]
    replay_port: Option<u16>,
    /// The directory that keeps the desk's data. It is made if it does not exist. [default: .lambdesk, and none with --demo]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the data in memory. It is lost when the program ends.
    #[arg(long, conflicts_with = "data")]
    memory: bool,
    /// Begin with three weeks of a small company's tickets. Nothing is kept, unless --data names a new directory.
    #[arg(long)]
    demo: bool,
    /// Seconds between two ticks of the clock, which handles deadlines and snoozes.
    #[arg(long, value_name = "SECONDS", default_value = "60")]
    tick: NonZeroU64,
    /// The address that links begin with, if people reach the desk under another address than it listens on.
    #[arg(long, value_name = "URL")]
    public_url: Option<PublicUrl>,
    /// Ask agents to sign in. Otherwise whoever sits at this machine is agent@example.com.
    #[arg(long)]
    sign_in: bool,
    /// The identity provider that agents sign in by. The environment's `OIDC_CLIENT_SECRET` is the desk's secret there.
    #[arg(long, value_name = "URL", requires_all = ["sign_in", "oidc_client_id"])]
    oidc_issuer: Option<String>,
    /// The desk's id at the identity provider.
    #[arg(long, value_name = "ID", requires = "oidc_issuer")]
    oidc_client_id: Option<String>,
    /// A directory of files to serve under `/static/`, such as those of posthog-js.
    #[arg(long = "static", value_name = "DIR", value_parser = directory)]
    assets: Option<PathBuf>,
    /// The domain of the desk's e-mail addresses.
    #[arg(long, value_name = "DOMAIN", default_value = "desk.test")]
    mail_domain: String,
    /// Take mail by SMTP on this port of 127.0.0.1. 0 takes any free port. Project 1 has the address demo@ then, and project 2 other@.
    #[arg(long, value_name = "PORT")]
    smtp: Option<u16>,
    /// Hand what leaves by mail on to this mail server too, without encryption. [default: it only is in the outbox]
    #[arg(long, value_name = "HOST:PORT")]
    smarthost: Option<String>,
    /// A `CloudFormation` or SAM template with EventBridge rules of your own. `/_local/deliveries` shows what they deliver.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// An address that speaks Lambda's API, such as that of `sam local start-lambda`. Functions of your rules are invoked there.
    #[arg(long, value_name = "URL", requires = "rules")]
    functions: Option<Functions>,
}

fn directory(text: &str) -> Result<PathBuf, &'static str> {
    let path = PathBuf::from(text);
    if path.is_dir() { Ok(path) } else { Err("is not a directory") }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Flags::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lambdesk-local: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(flags: Flags) -> io::Result<()> {
    let level = tracing_subscriber::EnvFilter::try_from_default_env();
    let level = level.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,dynoxide=error"));
    tracing_subscriber::fmt().with_writer(io::stderr).with_target(false).with_env_filter(level).init();

    // Install the signal handlers before the first line is printed: a program that reads the line may send a signal at once.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    // A demo that keeps nothing has a directory all the same, which goes with this process.
    let passing = (flags.demo && flags.data.is_none()).then(tempfile::tempdir).transpose()?;
    let data = flags.data.clone().or_else(|| passing.as_ref().map(|directory| directory.path().to_owned()));
    let data = data.or_else(|| (!flags.memory).then(|| PathBuf::from(".lambdesk")));
    if let (true, Some(directory)) = (flags.demo, &data) {
        eprintln!("The demo tells its story: three weeks in a moment.");
        lambdesk_local::demo::prepare(directory).await?;
    }
    let tick = Duration::from_secs(flags.tick.get());
    let client_secret = std::env::var("OIDC_CLIENT_SECRET").ok().filter(|secret| !secret.is_empty());
    let registered = flags.oidc_issuer.zip(flags.oidc_client_id);
    let provider = registered.map(|(issuer, client_id)| Registration { issuer, client_id, client_secret });
    let Flags { port, replay_port, public_url: public, sign_in, assets, rules, functions, mail_domain, smtp, smarthost, .. } =
        flags;
    let mail_domain = Some(mail_domain);
    let tick = Some(tick);
    let options = Options {
        port,
        replay_port,
        data,
        public,
        sign_in,
        provider,
        assets,
        tick,
        rules,
        functions,
        mail_domain,
        smtp,
        smarthost,
        records: true,
        ..Options::default()
    };
    let running = start(options).await?;
    greet(&running);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    running.stop().await;
    Ok(())
}

fn greet(running: &Running) {
    let address = running.address;
    let dynamodb = running.dynamodb.endpoint.as_deref().unwrap_or_default();
    let bus = running.bus_endpoint().unwrap_or_default();
    let facts: Vec<_> =
        running.bus().into_iter().flat_map(|bus| bus.facts_for_people().iter().map(FactKind::name).collect::<Vec<_>>()).collect();
    println!("Lambdesk is listening on http://{address}");
    println!();
    println!("  project 1, Demo      phc_local (posthog.init)  wgt_local (widget)  phs_local (secret)");
    println!("  agent@example.com    phx_local (personal API key, all scopes)");
    println!("  the inbox            http://{address}/inbox");
    println!("  player of recordings http://{}", running.player);
    println!("  a customer's page    http://{address}/demo");
    println!("  DynamoDB             {dynamodb}, table desk");
    println!("  EventBridge, SQS     {bus}");
    if let Some(smtp) = running.smtp {
        println!("  mail by SMTP         {smtp}");
    }
    if !facts.is_empty() {
        println!("  facts                {} (PublishFacts, where you deploy)", facts.join(","));
    }
    println!();
    println!("Try: curl -H 'Authorization: Bearer phx_local' http://{address}/api/projects/1/conversations/tickets/");
}
