//! The protocol, by its official Rust SDK: which tools there are, and a call of one.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer, ServiceExt as _};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::{ErrorData, ServerHandler};
use tokio::sync::Semaphore;

use super::call::{self, Bounds, Call};
use super::{lines, tools};
use crate::fleet::{Child, Ended, How};
use crate::optimize::stop::Interrupt;

const INSTRUCTIONS: &str = "bayplan plans capacity for Amazon ECS: the cheapest fleet of EC2 instances and Fargate tasks for a cluster's \
    services, with a proven lower bound of its cost. Give a cluster file (version 1) as an object or as text. Costs are USD per hour \
    (a month is 730 hours); boundUsdPerHour is proven: no fleet under the policy costs less.";

/// How often it is looked for a signal.
const LOOK: Duration = Duration::from_millis(100);
/// Bytes of a message besides the arguments of its call.
const ENVELOPE: usize = 1 << 16;

/// The server.
#[derive(Clone)]
pub(super) struct Planner {
    child: Arc<Child>,
    bounds: Bounds,
    turns: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    folder: Arc<PathBuf>,
}

/// Calls that may wait for their turn: each holds its documents on the disk.
const MOST_WAITING: usize = 64;

/// A call that waits or runs, counted as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Planner {
    pub(super) fn new(child: Child, bounds: Bounds, jobs: usize) -> Self {
        Self {
            child: Arc::new(child),
            bounds,
            turns: Arc::new(Semaphore::new(jobs)),
            waiting: Arc::default(),
            folder: Arc::default(),
        }
    }

    /// A place among the calls that wait; none where all are taken.
    fn place(&self) -> Option<Counted> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Counted(Arc::clone(&self.waiting));
        (before < MOST_WAITING).then_some(place)
    }

    /// Runs a call to its end, or until the client cancels it.
    async fn answer(&self, call: Call, context: &RequestContext<RoleServer>) -> CallToolResult {
        // A call that is cancelled while it waits gives its place to others, and never starts a process.
        let turn = tokio::select! {
            turn = self.turns.acquire() => turn,
            () = context.ct.cancelled() => return refusal("the call was cancelled before its turn"),
        };
        let Ok(_turn) = turn else {
            return refusal("the server is closing");
        };
        let interrupt = Arc::new(Interrupt::new());
        let folder = call.folder();
        let (child, stop) = (Arc::clone(&self.child), Arc::clone(&interrupt));
        let mut work = tokio::task::spawn_blocking(move || {
            let words = call.words();
            child.command(words.iter().map(OsStr::new), stop.as_ref())
        });
        let ended = tokio::select! {
            ended = &mut work => ended,
            () = context.ct.cancelled() => {
                interrupt.raise();
                work.await
            }
        };
        match ended {
            Ok(Ok(ended)) => self.result(&ended, &folder),
            Ok(Err(error)) => refusal(&format!("the call's process cannot be started: {error}")),
            Err(error) => refusal(&format!("the call did not end: {error}")),
        }
    }

    fn result(&self, ended: &Ended, folder: &Path) -> CallToolResult {
        let limits = crate::fleet::Runs::limits(self.child.as_ref());
        let How::Code(code) = ended.how else {
            return refusal(&format!(
                "the call gave no result: {}",
                ended.how.words(limits)
            ));
        };
        match call::compact(&ended.result) {
            Some((text, is_error)) if is_error => {
                CallToolResult::error(vec![ContentBlock::text(call::without(folder, &text))])
            }
            Some((text, _)) => CallToolResult::success(vec![ContentBlock::text(text)]),
            None => {
                let said = call::without(folder, &ended.said);
                refusal(&format!("exit code {code}: {said}"))
            }
        }
    }
}

fn refusal(why: &str) -> CallToolResult {
    let text = serde_json::json!({"errors": [{"message": why}]}).to_string();
    CallToolResult::error(vec![ContentBlock::text(text)])
}

impl ServerHandler for Planner {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new("bayplan", env!("CARGO_PKG_VERSION"));
        info.with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = (tools::ALL.iter())
            .map(|tool| {
                let annotations = ToolAnnotations::from_raw(
                    None,
                    Some(true),
                    Some(false),
                    Some(true),
                    Some(false),
                );
                Tool::new(tool.name, tool.about, Arc::new(tool.schema()))
                    .with_annotations(annotations)
            })
            .collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = tools::ALL.iter().find(|tool| tool.name == request.name) else {
            let message = format!(
                "there is no tool `{}`",
                crate::domain::text::visible_start(&request.name, 100)
            );
            return Err(ErrorData::invalid_params(message, None));
        };
        let Some(_place) = self.place() else {
            let why = format!(
                "{MOST_WAITING} calls run or wait already: call again when some have ended"
            );
            return Ok(refusal(&why).into());
        };
        let arguments = request.arguments.unwrap_or_default();
        let result = match Call::of(tool, &arguments, self.bounds, &self.folder) {
            Ok(call) => self.answer(call, &context).await,
            Err(why) => refusal(&why),
        };
        Ok(result.into())
    }
}

/// Serves over stdin and stdout until the client closes them, or a signal comes. Documents of calls are below one folder, which is taken away
/// at the end whatever still runs.
pub(super) fn serve(mut planner: Planner, interrupt: &Interrupt) -> Result<(), String> {
    let folder = tempfile::Builder::new().prefix("bayplan-mcp-").tempdir();
    let folder = folder.map_err(|error| format!("no folder for documents: {error}"))?;
    planner.folder = Arc::new(folder.path().to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| error.to_string())?;
    let most_bytes = usize::try_from(planner.bounds.most_bytes).unwrap_or(usize::MAX);
    // A call that is too large is read and refused; a message many times as large is not kept.
    let longest = most_bytes.saturating_mul(8).saturating_add(ENVELOPE);
    let answers = lines::Writer::new(std::io::stdout());
    let writer = answers.clone();
    let (input, was_exceeded) = lines::input(std::io::stdin(), longest, answers.clone());
    let served = runtime.block_on(async {
        let transport = AsyncRwTransport::new_server(input, lines::Output::new(answers))
            .with_max_line_length(usize::MAX);
        let served = async {
            let running = planner
                .serve(transport)
                .await
                .map_err(|error| format!("the client does not speak the protocol: {error}"))?;
            running.waiting().await.map_err(|error| error.to_string())
        };
        tokio::select! {
            served = served => served.map(|_| ()),
            () = raised(interrupt) => Ok(()),
        }
    });
    let was_exceeded = was_exceeded.load(Ordering::Relaxed);
    // A call that runs ends with this process.
    runtime.shutdown_background();
    drop(folder);
    writer.finish();
    if was_exceeded {
        return Err(format!(
            "the client's message has more than {longest} bytes; --most-bytes sets what a call may have"
        ));
    }
    served
}

/// Waits for a signal.
async fn raised(interrupt: &Interrupt) {
    while !interrupt.is_raised() {
        tokio::time::sleep(LOOK).await;
    }
}
