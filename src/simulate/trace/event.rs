//! Events of a replay.

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $words:literal, $marked:literal;)+) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $variant,)+
        }

        impl EventKind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// As the files write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What the count beside it counts, for people.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)+ }
            }

            /// Whether a picture marks it; those that are part of every replay are not.
            #[must_use]
            pub const fn is_marked(self) -> bool {
                match self { $(Self::$variant => $marked,)+ }
            }
        }
    };
}

event_kinds! {
    /// Tasks began to run.
    TasksStarted = "tasks-started", "tasks started", false;
    /// Tasks were stopped by ECS or a deployment.
    TasksStopped = "tasks-stopped", "tasks stopped", false;
    /// Tasks died with their instance.
    TasksKilled = "tasks-killed", "tasks killed", true;
    /// Tasks gave up waiting in PROVISIONING.
    TasksTimedOut = "tasks-timed-out", "tasks timed out", true;
    /// Tasks were refused as the quota of PROVISIONING tasks was full.
    TasksRefused = "tasks-refused", "tasks refused", true;
    /// A service's desired count changed; the count is the new one.
    DesiredCountChanged = "desired-count-changed", "tasks desired", true;
    /// Managed scaling raised a desired capacity, by the count.
    ScaleOut = "scale-out", "instances more desired", true;
    /// Managed scaling lowered a desired capacity, by the count.
    ScaleIn = "scale-in", "instances fewer desired", true;
    /// A group wanted instances and could not launch them.
    LaunchFailed = "launch-failed", "launches failed", true;
    /// Instances were launched.
    InstancesLaunched = "instances-launched", "instances launched", false;
    /// Instances registered with the cluster.
    InstancesRegistered = "instances-registered", "instances registered", false;
    /// Instances were set to DRAINING.
    InstancesDraining = "instances-draining", "instances draining", false;
    /// Instances were terminated.
    InstancesTerminated = "instances-terminated", "instances terminated", false;
    /// Spot instances got their two-minute notice.
    SpotNotice = "spot-notice", "Spot instances given notice", true;
    /// Spot instances were reclaimed.
    SpotReclaimed = "spot-reclaimed", "Spot instances reclaimed", true;
    /// A zone was lost, with so many instances.
    ZoneLost = "zone-lost", "instances lost with the zone", true;
    /// An instance was lost.
    InstanceLost = "instance-lost", "instances lost", true;
    /// A deployment began, of so many tasks.
    DeploymentStarted = "deployment-started", "tasks to deploy", true;
    /// A deployment was done.
    DeploymentFinished = "deployment-finished", "tasks deployed", true;
    /// A deployment can neither start nor stop a task.
    DeploymentStuck = "deployment-stuck", "tasks stuck in deployment", true;
}

/// Something that happened in a minute. What does not apply is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub minute: u64,
    /// What.
    pub kind: EventKind,
    /// To which service.
    pub service: Option<usize>,
    /// To which capacity provider.
    pub provider: Option<usize>,
    /// To which instance type.
    pub instance_type: Option<usize>,
    /// In which zone.
    pub zone: Option<usize>,
    /// How many, see the kind.
    pub count: u64,
}

impl Event {
    /// An event that concerns nothing in particular yet.
    #[must_use]
    pub const fn new(minute: u64, kind: EventKind, count: u64) -> Self {
        Self {
            minute,
            kind,
            service: None,
            provider: None,
            instance_type: None,
            zone: None,
            count,
        }
    }

    /// The same of a service.
    #[must_use]
    pub const fn of_service(mut self, service: usize) -> Self {
        self.service = Some(service);
        self
    }

    /// The same of a capacity provider.
    #[must_use]
    pub const fn of_provider(mut self, provider: usize) -> Self {
        self.provider = Some(provider);
        self
    }

    /// The same of an instance type.
    #[must_use]
    pub const fn of_type(mut self, instance_type: usize) -> Self {
        self.instance_type = Some(instance_type);
        self
    }

    /// The same in a zone.
    #[must_use]
    pub const fn in_zone(mut self, zone: usize) -> Self {
        self.zone = Some(zone);
        self
    }
}
