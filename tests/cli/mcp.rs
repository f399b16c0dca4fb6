//! Planning as tools of the Model Context Protocol, spoken as a client speaks it: a message of JSON-RPC a line.
#![cfg(feature = "mcp")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A search ends before a test does.
const QUICKLY: [&str; 2] = ["--call-seconds", "20"];

/// A server, and a client's side of it.
struct Session {
    server: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    messages: u64,
}

impl Session {
    fn start() -> Self {
        Self::start_in(None, &QUICKLY)
    }

    /// A server whose temporary files are in a folder, with further flags.
    fn start_in(folder: Option<&std::path::Path>, flags: &[&str]) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bayplan"));
        command
            .args(["mcp", "--most-bytes", "20000"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        if let Some(folder) = folder {
            command.env("TMPDIR", folder);
        }
        let mut server = command.spawn().expect("the server starts");
        let to = server.stdin.take();
        let from = BufReader::new(server.stdout.take().expect("a pipe"));
        let mut session = Self {
            server,
            to,
            from,
            messages: 0,
        };
        let hello = session.ask(
            "initialize",
            &json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            }),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "bayplan", "{hello}");
        session.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        session
    }

    fn say(&mut self, message: &Value) {
        let to = self.to.as_mut().expect("an open pipe");
        writeln!(to, "{message}").expect("the server reads");
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.messages += 1;
        let id = self.messages;
        self.say(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        loop {
            let mut line = String::new();
            assert_ne!(self.from.read_line(&mut line).expect("an answer"), 0);
            let answer: Value = serde_json::from_str(&line).expect("JSON on one line");
            if answer["id"] == json!(id) {
                return answer;
            }
        }
    }

    /// Calls a tool: what it answers, and whether that is an error.
    fn call(&mut self, tool: &str, arguments: &Value) -> (Value, bool) {
        let answer = self.ask("tools/call", &json!({"name": tool, "arguments": arguments}));
        Self::document(&answer)
    }

    /// What a call answers, and whether that is an error.
    fn document(answer: &Value) -> (Value, bool) {
        let result = &answer["result"];
        let text = result["content"][0]["text"].as_str().expect("a text");
        let document = serde_json::from_str(text).expect("a document");
        (document, result["isError"] == json!(true))
    }

    fn end(mut self) {
        self.to.take();
        assert!(self.server.wait().expect("the server ends").success());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.server.kill();
    }
}

fn cluster() -> Value {
    json!({
        "version": 1,
        "cluster": "shop",
        "region": "us-east-1",
        "services": [{"serviceName": "api", "desiredCount": 5, "cpu": 512, "memory": 1024}],
    })
}

#[test]
fn tools_plan_check_and_explain() {
    let mut session = Session::start();
    let tools = session.ask("tools/list", &json!({}));
    let names: Vec<&str> = (tools["result"]["tools"].as_array().expect("tools").iter())
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    assert_eq!(names, ["plan", "what-if", "explain", "check", "catalogue"]);

    let (plan, is_error) = session.call("plan", &json!({"cluster": cluster(), "ideal": true}));
    assert!(!is_error && plan["unplaced"] == json!([]), "{plan}");
    let as_text = json!({"cluster": cluster().to_string(), "ideal": true});
    assert_eq!(session.call("plan", &as_text).0["cost"], plan["cost"]);

    let (checked, _) = session.call("check", &json!({"cluster": cluster(), "plan": plan}));
    assert_eq!(checked["violations"], json!([]), "{checked}");
    let mut wrong = plan.clone();
    wrong["instances"][0]["count"] = json!(77);
    let (checked, _) = session.call("check", &json!({"cluster": cluster(), "plan": wrong}));
    assert_ne!(checked["violations"], json!([]), "{checked}");

    let asked = json!({"cluster": cluster(), "plan": plan, "whyNot": ["m7i.48xlarge"]});
    let (explained, is_error) = session.call("explain", &asked);
    assert!(!is_error && explained.to_string().contains("m7i.48xlarge"));
    session.end();
}

#[test]
fn what_cannot_be_used_comes_back_as_findings() {
    let mut session = Session::start();
    let broken = json!({"cluster": {"version": 1, "services": 3}});
    let (said, is_error) = session.call("plan", &broken);
    assert!(is_error && said["errors"][0]["code"].is_string(), "{said}");
    for (arguments, cause) in [
        (json!({}), "`cluster` is missing"),
        (
            json!({"cluster": cluster(), "output": "plan.json"}),
            "`output` is no argument",
        ),
        (json!({"cluster": "x".repeat(21_000)}), "20000"),
    ] {
        let (said, is_error) = session.call("plan", &arguments);
        let message = said["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(is_error && message.contains(cause), "{said}");
    }
    // No file of this machine is read, whoever names it.
    let mut naming = cluster();
    naming["demand"] = json!({"profiles": "/etc/hostname"});
    let (said, is_error) = session.call("plan", &json!({"cluster": naming}));
    assert!(
        is_error && said.to_string().contains("no other file is read here"),
        "{said}"
    );
    let set =
        json!({"cluster": cluster(), "set": ["demand.profiles=/etc/hostname"], "ideal": true});
    let (said, _) = session.call("what-if", &set);
    assert!(!said.to_string().contains("service,hour,count"), "{said}");
    // A value that looks like a flag is a value.
    let (said, is_error) = session.call("catalogue", &json!({"instanceType": "--help"}));
    assert!(is_error, "{said}");
    session.end();
}

#[test]
fn a_message_beyond_reason_ends_the_connection() {
    let mut session = Session::start();
    let text = "x".repeat(400_000);
    let call = json!({"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": {"name": "plan", "arguments": {"cluster": text}}});
    // The pipe may be closed before all is written.
    let _ = writeln!(session.to.as_mut().expect("an open pipe"), "{call}");
    let mut line = String::new();
    assert_eq!(session.from.read_line(&mut line).expect("the end"), 0);
    assert_eq!(session.server.wait().expect("it ends").code(), Some(2));
}

#[test]
fn what_is_no_message_is_answered_and_the_session_goes_on() {
    let mut session = Session::start();
    let to = session.to.as_mut().expect("an open pipe");
    writeln!(to, "{{\"jsonrpc\": \"2.0\", ").expect("the server reads");
    let mut answer = || {
        let mut line = String::new();
        session.from.read_line(&mut line).expect("an answer");
        serde_json::from_str::<Value>(&line).expect("JSON on one line")
    };
    let no_json = answer();
    assert_eq!(
        (&no_json["id"], &no_json["error"]["code"]),
        (&Value::Null, &json!(-32700)),
        "{no_json}"
    );
    let call = session.ask("tools/call", &json!({"name": "plan", "arguments": [1]}));
    assert_eq!(call["error"]["code"], json!(-32602), "{call}");
    let (plan, is_error) = session.call("plan", &json!({"cluster": cluster(), "ideal": true}));
    assert!(!is_error && plan["unplaced"] == json!([]), "{plan}");
    session.end();
}

/// A cluster whose plan takes longer than a test.
fn large() -> Value {
    let services: Vec<Value> = (0..60)
        .map(|at| json!({"serviceName": format!("s{at}"), "desiredCount": 40 + at, "cpu": 100 + 37 * at, "memory": 300 + 411 * at}))
        .collect();
    json!({"version": 1, "cluster": "large", "region": "us-east-1", "services": services})
}

/// Each call that waits holds its documents: 64 run or wait, the next is refused, and has its turn once others are given up.
#[test]
fn a_call_beyond_those_that_may_wait_is_refused_and_the_session_goes_on() {
    const MOST: u64 = 64;
    let mut session = Session::start_in(None, &["--jobs", "1", "--call-seconds", "600"]);
    let first = 1000;
    for id in first..=first + MOST {
        session.say(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call",
            "params": {"name": "plan", "arguments": {"cluster": large()}}}));
    }
    // The first answer of 65 calls is a refusal, of whichever came last: the others take minutes.
    let mut line = String::new();
    session.from.read_line(&mut line).expect("an answer");
    let answer: Value = serde_json::from_str(&line).expect("JSON on one line");
    let (said, is_error) = Session::document(&answer);
    assert!(
        is_error
            && said["errors"][0]["message"]
                == "64 calls run or wait already: call again when some have ended",
        "{answer}"
    );
    let catalogue = json!({"instanceType": "m7i.large"});
    assert!(session.call("catalogue", &catalogue).1);
    for id in first..=first + MOST {
        let given_up = json!({"requestId": id, "reason": "the user left"});
        session.say(
            &json!({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": given_up}),
        );
    }
    let mut is_refused = true;
    for _ in 0..600 {
        is_refused = session.call("catalogue", &catalogue).1;
        if !is_refused {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(!is_refused);
    session.end();
}

/// Documents of calls that run when the server is stopped, or its client goes away.
#[cfg(unix)]
#[test]
fn no_document_stays_behind() {
    for is_stopped in [true, false] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = Session::start_in(Some(folder.path()), &QUICKLY);
        session.say(&json!({"jsonrpc": "2.0", "id": 99, "method": "tools/call",
            "params": {"name": "plan", "arguments": {"cluster": large()}}}));
        let documents = || {
            let servers = std::fs::read_dir(folder.path())
                .expect("a folder")
                .flatten();
            servers
                .filter_map(|server| std::fs::read_dir(server.path()).ok())
                .flat_map(Iterator::flatten)
                .count()
        };
        for _ in 0..600 {
            if documents() > 0 {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        assert_eq!(documents(), 1);
        if is_stopped {
            let kill = Command::new("kill")
                .arg(session.server.id().to_string())
                .status();
            assert!(kill.expect("kill runs").success());
        } else {
            session.to.take();
        }
        session.server.wait().expect("the server ends");
        let left = std::fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(left, 0, "stopped: {is_stopped}");
    }
}

#[test]
fn the_servers_folder_is_in_no_answer() {
    let mut session = Session::start();
    let asked = json!({"cluster": cluster(), "scenarios": "- {"});
    let (said, is_error) = session.call("what-if", &asked);
    assert!(
        is_error && !said.to_string().contains("bayplan-mcp-"),
        "{said}"
    );
    session.end();
}
