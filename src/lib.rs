//! bayplan: capacity planner and placement optimizer for Amazon ECS.
//!
//! An ECS cluster runs services, each so many copies of a task with CPU, memory, network interfaces,
//! ports, GPUs and constraints. bayplan decides how many EC2 instances of which types to run and which
//! tasks share them, at the lowest cost it can find, and proves how close to the cheapest possible that is.
//!
//! # The problem
//!
//! A *pattern* is a set of tasks that fits one instance of some type under every rule of ECS and of the
//! policy. With `x_p` instances that follow pattern `p`, cost `c_p`, `a_gp` tasks of service `g` in it and
//! `n_g` tasks to place:
//!
//! ```text
//! minimise Σ_p c_p x_p   subject to   Σ_p a_gp x_p ≥ n_g for every service g,   x_p ≥ 0 and whole
//! ```
//!
//! That is variable-sized, multiple-choice vector bin packing with demands, solved by column generation
//! ([`optimize`]); its duals are shadow prices of the services, its linear relaxation the proven bound.
//!
//! # The way of the data
//!
//! | module | speaks | does |
//! |---|---|---|
//! | [`domain`] | ECS | nouns and arithmetic |
//! | [`io`] | files | cluster files and plans to and from the domain, all findings at once |
//! | [`apply`] | AWS | a checked plan into a live cluster, one journalled change at a time |
//! | [`aws`] | AWS | the live cluster, read through AWS's SDK (feature `aws`) |
//! | [`catalogue`] | EC2 | instance types and prices, dated |
//! | [`commitment`] | AWS | what Savings Plans and Reserved Instances cover, hour by hour |
//! | [`billed`] | FOCUS | a bill against the model of today's fleet |
//! | [`refresh`] | EC2 | answers of AWS's APIs to catalogue files |
//! | [`formulate`] | both | one rule of ECS or of the policy per file, into the packing problem |
//! | [`optimize`] | operations research | bins, items, patterns; no ECS |
//! | [`diff`] | ECS | what differs between a cluster as it is observed and a plan for it |
//! | [`check`] | ECS | feasibility and cost of a plan, derived again without the two above |
//! | [`simulate`] | ECS | what ECS's own scheduler and scaling make of a fleet |
//! | [`proof`] | both | a bound in exact numbers, for whoever believes no solver |
//! | [`realise`] | both | groups that ECS's own scheduler fills in every order |
//! | [`planner`] | both | the whole way on one page |
//! | [`sweep`] | ECS | the same cluster under one setting after another |
//! | [`what_if`] | ECS | the same cluster with something changed, side by side |
//! | [`explain`] | ECS | why a plan is as it is, by planning variants of it |
//! | [`rightsize`] | ECS | sizes of tasks from measured use, and what the cluster costs with them |
//! | [`fleet`] | files | many clusters: a unit a cluster, its result once, and all of them together |
//! | [`history`] | files | what right-sizing runs found and proposed, from run to run |
//! | [`export`] | AWS | a plan's settings as CloudFormation, Terraform, CDK and AWS CLI inputs |
//! | [`report`], [`cli`] | people | text, CSV, markdown; the command |
//!
//! # Example
//!
//! ```
//! use bayplan::catalogue::Catalogue;
//! use bayplan::io::{ImportOptions, read_cluster};
//! use bayplan::optimize::{listener::Silent, stop::Never};
//! use bayplan::planner::{PlanOptions, plan};
//!
//! let services = "service,cpu,memory_mib,desired_count\napi,512,1024,12\nworker,1024,4096,3\n";
//! let options = ImportOptions { region: Some("us-east-1".into()), ..ImportOptions::default() };
//! let cluster = read_cluster(services, "shop.csv", &options)?.cluster;
//! let catalogue = Catalogue::embedded(&cluster.region)?;
//! let planned = plan(&cluster, &catalogue, &PlanOptions::default(), &Never, &Silent)?;
//! assert!(planned.plan.unplaced.is_empty());
//! assert!(planned.plan.cost.bound_usd_per_hour <= Some(planned.plan.cost.usd_per_hour));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(not(feature = "aws"), allow(rustdoc::broken_intra_doc_links))]

pub mod apply;
#[cfg(feature = "aws")]
pub mod aws;
pub mod billed;
pub mod catalogue;
pub mod check;
pub mod cli;
pub mod commitment;
pub mod diff;
pub mod domain;
pub mod explain;
pub mod export;
pub mod fleet;
pub mod formulate;
pub mod history;
pub mod io;
pub mod optimize;
pub mod planner;
pub mod proof;
pub mod realise;
pub mod refresh;
pub mod report;
pub mod rightsize;
pub mod simulate;
pub mod sweep;
pub mod what_if;
