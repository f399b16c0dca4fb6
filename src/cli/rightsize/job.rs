//! What a nightly run leaves beside its result: lines of a log for programs, figures for Prometheus, a message, a folder of results.

use std::path::PathBuf;
#[cfg(feature = "webhook")]
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use super::results::Results;
use crate::cli::args::InputArgs;
use crate::cli::diagnostics::Diagnostics;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Destination;
use crate::report::rightsize::{Sizes, csv, figures, json as document, markdown, summary, text};
use crate::report::text::Emphasis;

/// How long a message may take.
#[cfg(feature = "webhook")]
const PATIENCE: Duration = Duration::from_secs(10);

/// What a nightly run leaves.
#[derive(Debug, Args)]
pub struct JobArgs {
    /// Form of what is said on stderr
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Job"
    )]
    pub log_format: LogFormat,
    /// Write figures of the run for Prometheus' textfile collector
    #[arg(long, value_name = "FILE", help_heading = "Job")]
    pub prometheus: Option<PathBuf>,
    /// Where something is proposed, post a message to this URL: Slack's incoming webhooks, or whoever takes JSON by POST
    #[arg(
        long,
        value_name = "URL",
        env = "BAYPLAN_WEBHOOK",
        hide_env_values = true,
        help_heading = "Job"
    )]
    pub webhook: Option<String>,
    /// What is posted
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "slack",
        help_heading = "Job"
    )]
    pub webhook_format: WebhookFormat,
    /// Write the result in every form, and the cluster file with the proposals, into a folder or `s3://BUCKET/PREFIX`
    #[arg(long, value_name = "DIR", help_heading = "Job")]
    pub results: Option<PathBuf>,
}

/// Forms of what is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line: time, level, message
    Json,
}

/// What is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WebhookFormat {
    /// `{"text": …}`, a few lines
    Slack,
    /// The whole result as `--format json` prints it
    Json,
}

/// What is wrong with a URL is said without it: it is as good as a password.
fn webhook(url: &str) -> Result<(), Failure> {
    let usage = |why: &str| Err(Failure::new(Exit::Usage, format!("--webhook: {why}")));
    if cfg!(not(feature = "webhook")) {
        usage("this build of bayplan posts nothing: build it with the cargo feature `webhook`")
    } else if url.starts_with("https://") || url.starts_with("http://") {
        Ok(())
    } else {
        usage("write the URL as https://HOST/PATH")
    }
}

impl JobArgs {
    /// Whether stderr is for programs.
    pub fn logs_json(&self) -> bool {
        self.log_format == LogFormat::Json
    }

    /// Looks whether all of it can be written, before the work begins; makes the folder of the results.
    pub(super) fn check(
        &self,
        input: &InputArgs,
        diagnostics: Diagnostics,
    ) -> Result<Option<Results>, Failure> {
        self.webhook.as_deref().map_or(Ok(()), webhook)?;
        if let Some(file) = &self.prometheus {
            Destination::File(file.clone()).check()?;
        }
        let results = self.results.as_deref();
        results
            .map(|place| Results::open(place, input, diagnostics))
            .transpose()
    }

    /// Writes results, and posts a message where something is proposed. A message that does not come through is a warning: the run is done.
    pub(super) fn leave(
        &self,
        (sizes, cluster): (&Sizes, &str),
        results: Option<&Results>,
        (recorded_at, diagnostics): (i64, Diagnostics),
    ) -> Result<(), Failure> {
        if let Some(results) = results {
            let files = [
                ("rightsize.json", document::render(sizes)),
                ("rightsize.csv", csv::render(sizes)),
                ("rightsize.md", markdown::render(sizes)),
                ("rightsize.txt", text::render(sizes, Emphasis::Plain)),
                ("cluster.json", cluster.to_owned()),
            ];
            for (name, text) in files {
                results.write(name, &text)?;
            }
        }
        if let Some(file) = &self.prometheus {
            let figures = figures::render(sizes, recorded_at);
            Destination::File(file.clone()).write(figures.as_bytes())?;
        }
        let proposes = sizes
            .proposals
            .iter()
            .any(crate::rightsize::Proposal::changes);
        if let Some(url) = self.webhook.as_deref().filter(|_| proposes) {
            let body = match self.webhook_format {
                WebhookFormat::Slack => json!({"text": summary::render(sizes)}).to_string(),
                WebhookFormat::Json => document::render(sizes),
            };
            match post(url, &body) {
                Ok(()) => diagnostics.note("the message was posted"),
                Err(why) => diagnostics.warning(&format!("the message was not posted: {why}")),
            }
        }
        Ok(())
    }
}

/// `check` refuses every URL in a build that posts nothing.
#[cfg(not(feature = "webhook"))]
fn post(_url: &str, _body: &str) -> Result<(), String> {
    Err("this build of bayplan posts nothing".to_owned())
}

/// Posts JSON. What is said of a failure does not hold the URL, which is as good as a password.
#[cfg(feature = "webhook")]
fn post(url: &str, body: &str) -> Result<(), String> {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<ureq::tls::Certificate<'static>> = (roots.iter())
        .map(|root| ureq::tls::Certificate::from_der(root).to_owned())
        .collect();
    let tls = ureq::tls::TlsConfig::builder()
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(roots.into())
        .build();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .tls_config(tls)
        .max_redirects(0)
        .build()
        .into();
    let sent = agent.post(url).content_type("application/json").send(body);
    match sent {
        Ok(answer) if answer.status().is_success() => Ok(()),
        // No redirect is followed: the message may be for nobody else.
        Ok(answer) => Err(format!("the server answered {}", answer.status().as_u16())),
        Err(ureq::Error::StatusCode(code)) => Err(format!("the server answered {code}")),
        Err(ureq::Error::Timeout(_)) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        Err(ureq::Error::HostNotFound) => Err("its host is not known".to_owned()),
        Err(ureq::Error::Io(error)) => Err(error.kind().to_string()),
        Err(_) => Err("the connection failed".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_is_refused() {
        assert!(webhook("ftp://x").is_err());
        let refused = webhook("s3cret").expect_err("no URL");
        assert!(!refused.message.contains("s3cret"), "{}", refused.message);
        assert_eq!(webhook("https://x/y").is_ok(), cfg!(feature = "webhook"));
    }

    #[cfg(feature = "webhook")]
    #[test]
    fn a_message_is_one_post_and_what_fails_does_not_name_the_url() {
        use std::io::{Read as _, Write as _};
        let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = server.local_addr().expect("an address");
        let answering = std::thread::spawn(move || {
            let mut bodies = Vec::new();
            for answer in ["200 OK", "500 No", "301 Moved"] {
                let (mut stream, _) = server.accept().expect("a request");
                let mut text = String::new();
                let mut bytes = [0_u8; 4_096];
                while !text.ends_with('}') {
                    let read = stream.read(&mut bytes).expect("more");
                    text.push_str(&String::from_utf8_lossy(&bytes[..read]));
                }
                let answer =
                    format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).expect("answered");
                bodies.push(text);
            }
            bodies
        });
        let url = format!("http://{at}/secret");
        assert_eq!(post(&url, r#"{"text":"a"}"#), Ok(()));
        let refused = post(&url, r#"{"text":"b"}"#).expect_err("refused");
        assert_eq!(refused, "the server answered 500");
        let moved = post(&url, r#"{"text":"c"}"#).expect_err("not followed");
        assert_eq!(moved, "the server answered 301");
        let bodies = answering.join().expect("answered");
        assert!(
            bodies[0].starts_with("POST /secret HTTP/1.1"),
            "{}",
            bodies[0]
        );
        assert!(bodies[0].ends_with(r#"{"text":"a"}"#), "{}", bodies[0]);
        let nobody = post(&url, "{}").expect_err("nobody there");
        assert!(!nobody.contains("secret"), "{nobody}");
    }
}
