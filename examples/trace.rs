//! trace
use bayplan::catalogue::Catalogue;
use bayplan::io::{ImportOptions, read_cluster};
use bayplan::optimize::listener::{Listener, Progress};
use bayplan::optimize::stop::{Deadline, Never, Stop};
use bayplan::planner::{PlanOptions, plan};
use std::time::{Duration, Instant};
struct P(Instant);
impl Listener for P {
    fn progress(&self, p: &Progress) {
        println!("{:.2}s {:<20} cols {} master {:?} bound {:?} inc {:?} gap {:.4}% work {}", self.0.elapsed().as_secs_f64(), p.stage, p.columns, p.master, p.bound, p.incumbent,
          p.incumbent.zip(p.bound).map_or(f64::NAN, |(c,b)| 100.0*(c-b)/c), p.work);
    }
}
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let text = std::fs::read_to_string(&a[1]).unwrap();
    let cluster = read_cluster(&text, "c.json", &ImportOptions::default()).unwrap().cluster;
    let catalogue = Catalogue::embedded(&cluster.region).unwrap();
    let t = Instant::now();
    let stop: Box<dyn Stop> = if a.len() > 2 { Box::new(Deadline(t + Duration::from_secs_f64(a[2].parse().unwrap()))) } else { Box::new(Never) };
    let earlier = a.get(3).map(|p| bayplan::io::read_plan(&std::fs::read_to_string(p).unwrap(), "p").unwrap());
    let o = PlanOptions { warm_start: earlier.as_ref(), ..PlanOptions::default() };
    let p = plan(&cluster, &catalogue, &o, &*stop, &P(t)).unwrap();
    println!("{:.2}s cost {:?} viol {:?} notes {:?}", t.elapsed().as_secs_f64(), p.plan.cost, p.violations.len(), p.notes.last());
    for v in p.violations.iter().take(5) { println!("{v}"); }
    println!("{:?}", p.notes);
    println!("unplaced {:?}", p.plan.unplaced);
}
