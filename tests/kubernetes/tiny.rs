//! Tiny clusters, drawn by their number.

/// Types of the tiny clusters with vCPUs, nominal MiB and the word for their architecture.
pub const TYPES: [(&str, u64, u64, &str); 4] = [
    ("m5.large", 2, 8192, "amd64"),
    ("c6g.large", 2, 4096, "arm64"),
    ("m6g.xlarge", 4, 16384, "arm64"),
    ("c5.xlarge", 4, 8192, "amd64"),
];
pub const ZONES: [&str; 2] = ["us-east-1a", "us-east-1b"];
pub const TAINT: &str = "dedicated=batch:NoSchedule";

/// Knuth's linear congruential generator.
pub struct Generator(pub u64);

impl Generator {
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn place_below(&mut self, most: u64) -> usize {
        usize::try_from(self.below(most)).expect("a place of a list")
    }

    pub fn one_of(&mut self, all: &[u64]) -> u64 {
        all[self.place_below(all.len() as u64)]
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent rules of Kubernetes, not one state"
)]
pub struct Kind {
    pub count: u64,
    pub millis: u64,
    pub mib: u64,
    pub architecture: Option<&'static str>,
    pub zone: Option<&'static str>,
    pub port: Option<u64>,
    /// Keeps from itself by host name.
    pub alone: bool,
    /// The same by a selector that asks for pods without the label of a set's pods, and so for none of a set.
    pub alone_without_label: bool,
    pub spread: bool,
    pub even: bool,
    pub one_a_zone: bool,
    pub keeps_from: Option<usize>,
    pub tolerates: bool,
    /// Tolerates by its `RuntimeClass` alone.
    pub by_runtime: bool,
    /// Zones of the replicas' volumes, where it is a set with some; replicas without a volume may stand in any.
    pub volumes: Vec<Option<&'static str>>,
    /// The zone of one pod more, which runs on Fargate.
    pub on_fargate: Option<&'static str>,
    /// Whether it asks for Spot nodes, or for On-Demand ones, by their label.
    pub spot: Option<bool>,
    /// Its spreads count nodes alone whose taints it tolerates.
    pub honours: bool,
}

impl Kind {
    /// Whether it chooses its nodes by more than where they stand: Kubernetes spreads it over zones that have such nodes.
    pub const fn chooses_beyond_zones(&self) -> bool {
        self.architecture.is_some() || self.spot.is_some() || self.honours
    }
}

#[derive(Debug)]
pub struct Tiny {
    pub kinds: Vec<Kind>,
    pub daemon: Option<(u64, u64)>,
    pub max_pods: u64,
    pub tainted: bool,
    /// Percent.
    pub headroom: u64,
    /// Spot is allowed: pods of each kind that must be On-Demand, and the percent that must.
    pub on_demand: Option<(u64, u64)>,
    /// The memory that the only node of today shows, of the first type, where it is less than the kubelet usually leaves.
    pub poor_node: Option<u64>,
    /// A node of today whose pool has the taint: new nodes may be of that pool, or of none.
    pub tainted_pool: bool,
}

pub fn tiny(seed: u64) -> Tiny {
    let mut random = Generator(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
    let tainted = random.one_in(4);
    let mut left = 5;
    let mut kinds = Vec::new();
    while left > 0 && kinds.len() < 3 {
        let count = 1 + random.below(left.min(3));
        left -= count;
        let place = kinds.len();
        kinds.push(Kind {
            count,
            millis: 100 * (1 + random.below(18)),
            mib: 256 * (1 + random.below(10)),
            architecture: random
                .one_in(4)
                .then(|| if random.one_in(2) { "arm64" } else { "amd64" }),
            zone: random
                .one_in(6)
                .then(|| ZONES[usize::from(random.one_in(2))]),
            port: random.one_in(5).then(|| 8000 + random.below(2)),
            alone: random.one_in(5),
            spread: random.one_in(6),
            even: random.one_in(4),
            one_a_zone: random.one_in(7),
            keeps_from: (place > 0 && random.one_in(4)).then_some(0),
            tolerates: !tainted || !random.one_in(6),
            ..Kind::default()
        });
    }
    // Drawn by a generator of their own, so that the other figures of a seed stay what they were.
    let mut of_volumes = Generator(seed.wrapping_mul(0xD1B5_4A32_D192_ED03) + 7);
    for kind in &mut kinds {
        if of_volumes.one_in(4) {
            // What is spread over zones and held in them by volumes is weaker, and of no packing that is the cheapest.
            kind.even = false;
            kind.volumes = (0..kind.count)
                .map(|_| [None, Some(ZONES[0]), Some(ZONES[1])][of_volumes.place_below(3)])
                .collect();
        }
    }
    let mut tiny = Tiny {
        kinds,
        daemon: random.one_in(3).then(|| (100 * (1 + random.below(3)), 128)),
        max_pods: 2 + random.below(3),
        tainted,
        headroom: 0,
        on_demand: None,
        poor_node: None,
        tainted_pool: false,
    };
    draw_further(&mut tiny, seed);
    draw_choosers(&mut tiny, seed);
    tiny
}

/// What the bound once asked too much of, by a generator of its own again.
fn draw_further(tiny: &mut Tiny, seed: u64) {
    let mut random = Generator(seed.wrapping_mul(0xA076_1D64_78BD_642F) + 11);
    for kind in &mut tiny.kinds {
        let is_set = !kind.volumes.is_empty();
        if !is_set && random.one_in(4) {
            let zone = ZONES[usize::from(random.one_in(2))];
            kind.on_fargate = Some(kind.zone.unwrap_or(zone));
        }
        kind.alone_without_label = is_set && kind.alone && random.one_in(2);
        kind.by_runtime = tiny.tainted && kind.tolerates && random.one_in(3);
    }
    if random.one_in(4) {
        // As many pods as before at most, headroom with them.
        tiny.headroom = random.one_of(&[10, 50]);
        for kind in &mut tiny.kinds {
            kind.count = kind.count.min(2);
            kind.volumes.truncate(2);
        }
        tiny.kinds.truncate(2);
    }
    let keeps_zones = tiny.kinds.iter().any(|it| it.one_a_zone);
    if !keeps_zones && random.one_in(3) {
        tiny.on_demand = Some((random.below(3), random.one_of(&[0, 50])));
    }
    tiny.poor_node = random.one_in(4).then(|| 1500 + random.below(5000));
}

/// Pods that are spread over zones, or over nodes, and choose their nodes by an architecture, by a way of buying or by taints.
fn draw_choosers(tiny: &mut Tiny, seed: u64) {
    let mut random = Generator(seed.wrapping_mul(0x8CB9_2BA7_2F3D_8DD7) + 13);
    if random.one_in(2) {
        return;
    }
    tiny.tainted_pool = !tiny.tainted && random.one_in(2);
    let buys_both = tiny.on_demand.is_some() || !tiny.kinds.iter().any(|it| it.one_a_zone);
    for kind in tiny.kinds.iter_mut().filter(|it| it.volumes.is_empty()) {
        kind.even |= random.one_in(2);
        kind.spread |= random.one_in(4);
        match random.below(3) {
            0 => kind.architecture = Some(if random.one_in(2) { "arm64" } else { "amd64" }),
            1 if buys_both => {
                // Minima of On-Demand pods leave no place to those that ask for Spot.
                let (base, percent) = *tiny.on_demand.get_or_insert((0, 0));
                kind.spot = Some(base == 0 && percent == 0 && random.one_in(2));
            }
            _ => kind.honours = true,
        }
        if tiny.tainted_pool {
            kind.tolerates = random.one_in(2);
        }
        // A pod on Fargate is on a node of its own labels.
        kind.on_fargate = None;
    }
}
