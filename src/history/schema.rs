//! Tables of a history, and the steps from each version to the next. A step is never changed once it was released.

/// Marks a `SQLite` file as a history: the bytes of "bayp".
pub(super) const APPLICATION: i64 = 0x6261_7970;

/// The latest version.
pub(super) const VERSION: i64 = 3;

/// Steps of versions 1, 2, … in `SQLite`.
pub(super) const SQLITE_STEPS: [&str; 3] = [
    "CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        recorded_at INTEGER NOT NULL,
        metrics_end INTEGER NOT NULL,
        cluster TEXT NOT NULL,
        region TEXT NOT NULL,
        today_usd_per_hour TEXT NOT NULL,
        planned_usd_per_hour TEXT NOT NULL
    ) STRICT;
    CREATE INDEX runs_of_cluster ON runs (cluster, region, id);
    CREATE TABLE services (
        run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        service TEXT NOT NULL,
        cpu_today INTEGER NOT NULL,
        memory_today INTEGER NOT NULL,
        cpu_wanted INTEGER NOT NULL,
        memory_wanted INTEGER NOT NULL,
        cpu_proposed INTEGER NOT NULL,
        memory_proposed INTEGER NOT NULL,
        flags TEXT NOT NULL,
        PRIMARY KEY (run, service)
    ) STRICT, WITHOUT ROWID;",
    "CREATE TABLE leases (
        cluster TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;",
    "ALTER TABLE runs ADD COLUMN running_usd_per_hour TEXT;
    ALTER TABLE runs ADD COLUMN fleet TEXT;
    ALTER TABLE services ADD COLUMN level INTEGER;
    ALTER TABLE services ADD COLUMN counts TEXT NOT NULL DEFAULT '';
    CREATE TABLE changes (
        cluster TEXT NOT NULL,
        region TEXT NOT NULL,
        service TEXT NOT NULL,
        seen_by INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        proposed_by INTEGER,
        since INTEGER NOT NULL,
        cpu_before INTEGER NOT NULL,
        memory_before INTEGER NOT NULL,
        cpu_after INTEGER NOT NULL,
        memory_after INTEGER NOT NULL,
        hours INTEGER NOT NULL,
        exceeded INTEGER NOT NULL,
        withdrawn_at INTEGER,
        PRIMARY KEY (service, seen_by)
    ) STRICT, WITHOUT ROWID;",
];

/// Steps in `PostgreSQL`, with the version that each leads to; the tables of version 3 are the first there.
#[cfg(feature = "postgres")]
pub(super) const POSTGRES_STEPS: [(i64, &str); 1] = [(
    3,
    "CREATE TABLE runs (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        recorded_at BIGINT NOT NULL,
        metrics_end BIGINT NOT NULL,
        cluster TEXT NOT NULL,
        region TEXT NOT NULL,
        today_usd_per_hour TEXT NOT NULL,
        planned_usd_per_hour TEXT NOT NULL,
        running_usd_per_hour TEXT,
        fleet TEXT
    );
    CREATE INDEX runs_of_cluster ON runs (cluster, region, id);
    CREATE TABLE services (
        run BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        service TEXT NOT NULL,
        cpu_today BIGINT NOT NULL,
        memory_today BIGINT NOT NULL,
        cpu_wanted BIGINT NOT NULL,
        memory_wanted BIGINT NOT NULL,
        cpu_proposed BIGINT NOT NULL,
        memory_proposed BIGINT NOT NULL,
        flags TEXT NOT NULL,
        level BIGINT,
        counts TEXT NOT NULL,
        PRIMARY KEY (run, service)
    );
    CREATE TABLE leases (
        cluster TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        until BIGINT NOT NULL
    );
    CREATE TABLE changes (
        cluster TEXT NOT NULL,
        region TEXT NOT NULL,
        service TEXT NOT NULL,
        seen_by BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        proposed_by BIGINT,
        since BIGINT NOT NULL,
        cpu_before BIGINT NOT NULL,
        memory_before BIGINT NOT NULL,
        cpu_after BIGINT NOT NULL,
        memory_after BIGINT NOT NULL,
        hours BIGINT NOT NULL,
        exceeded BIGINT NOT NULL,
        withdrawn_at BIGINT,
        PRIMARY KEY (service, seen_by)
    );",
)];
