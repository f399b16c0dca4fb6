//! Takes instances out of service: DRAINING in batches of ten, and once nothing runs on one, its protection off and it is
//! terminated. Batch sizes: Amazon ECS API reference, `UpdateContainerInstancesState`; Amazon EC2 Auto Scaling API
//! reference, `SetInstanceProtection`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::change::Change;
use super::super::journal::{Entry, Held};
use super::super::live::{Live, LiveInstance, Said};
use super::super::state::{State, Target};
use super::super::step::{Drain, Work};
use super::{Failure, Run, Stop, differs};

/// Most container instances of one call.
const DRAINED_AT_A_TIME: usize = 10;
/// Most instances of one call.
const UNPROTECTED_AT_A_TIME: usize = 50;
/// Instances that are named where tasks of no service hold them.
const MOST_NAMED: usize = 5;

impl<L: Live> Run<'_, L> {
    pub(super) fn drain(&mut self, step: usize, drain: &Drain) -> Result<(), Stop> {
        if !self.journal.begun().contains(&step) {
            self.is_as_left(step, drain)?;
            self.room(step, drain)?;
            self.hold(step, drain)?;
            self.journal.add(Entry::Begins(step))?;
        }
        self.empty(Some(step), drain)
    }

    /// The group is as the steps before left it, where one of them changed it. Sizes of a launch for this drain come back by themselves.
    fn is_as_left(&mut self, step: usize, drain: &Drain) -> Result<(), Stop> {
        let target = Target::Group(drain.group.clone());
        let before = self.journal.header().steps[..step].iter().rev();
        let left = before.filter_map(|of| match &of.work {
            Work::Change(change) if change.target == target => Some(change.leaves.clone()),
            _ => None,
        });
        let left = left.into_iter().next();
        let Some(left) = left.filter(|_| self.journal.launched(step).is_none()) else {
            return Ok(());
        };
        let found = self.read(&target)?;
        if found == left {
            return Ok(());
        }
        Err(differs(&Change::new(target, left.clone(), left), found))
    }

    /// What stands against draining these: services whose tasks would have no place, and the budget.
    fn may_drain(
        &mut self,
        step: Option<usize>,
        drain: &Drain,
        arns: &[String],
    ) -> Result<(), Stop> {
        if drain.is_of_all() {
            let services = self.live.users(&drain.provider)?;
            if !services.is_empty() {
                let provider = drain.provider.clone();
                return Err(Stop::Failed(Failure::InUse { provider, services }));
            }
        }
        if step.is_none() {
            // Of a group that we made.
            return Ok(());
        }
        let budget = self.journal.header().budget;
        let allowed = budget.or(self.limits.instances, None).instances;
        let mut all = self.journal.drained_in_all();
        all.extend(arns.iter().map(String::as_str));
        let taken = all.len() as u64;
        if taken <= allowed {
            return Ok(());
        }
        let group = drain.group.clone();
        Err(Stop::Failed(Failure::TooMany {
            group,
            taken,
            allowed,
        }))
    }

    /// Writes down how many instances there are: where ECS does not set the group's size, a way back launches as many.
    fn hold(&mut self, step: usize, drain: &Drain) -> Result<(), Stop> {
        let group = self.read(&Target::Group(drain.group.clone()))?;
        let Some(State::Group(group)) = group else {
            return Ok(());
        };
        let held = Held {
            instances: self.live.instances(&drain.provider)?.len() as u64,
            min_size: group.min_size,
            max_size: group.max_size,
        };
        self.journal.add(Entry::Holds(step, held))?;
        Ok(())
    }

    /// `step` stands in the journal beside what is drained, so that it can be set back to ACTIVE.
    pub(super) fn empty(&mut self, step: Option<usize>, drain: &Drain) -> Result<(), Stop> {
        let mut terminated = BTreeSet::new();
        let mut since = self.live.now();
        let mut fewest = (usize::MAX, u64::MAX);
        loop {
            let going = going(self.live.instances(&drain.provider)?, drain);
            if going.is_empty() {
                return Ok(());
            }
            let now = (going.len(), going.iter().map(|it| it.tasks).sum());
            // What comes anew is no step forward: launches and drains in turn have no end.
            if now < fewest {
                (since, fewest) = (self.live.now(), now);
            }
            self.set_draining(step, drain, &going)?;
            self.terminate(drain, &going, &mut terminated)?;
            let waiting = waiting(drain, &going);
            self.live.say(Said::Waits(&waiting));
            self.in_time(since, &waiting)?;
            self.pause()?;
        }
    }

    fn set_draining(
        &mut self,
        step: Option<usize>,
        drain: &Drain,
        going: &[LiveInstance],
    ) -> Result<(), Stop> {
        let arns: Vec<String> = (going.iter())
            .filter(|it| !it.is_draining)
            .map(|it| it.arn.clone())
            .collect();
        if !arns.is_empty() {
            self.may_drain(step, drain, &arns)?;
        }
        for batch in arns.chunks(DRAINED_AT_A_TIME) {
            if self.live.is_interrupted() {
                return Err(Stop::Interrupted);
            }
            if let Some(step) = step {
                self.journal.add(Entry::Drains(step, batch.to_vec()))?;
            }
            self.live.keep_lock()?;
            self.live.set_draining(batch, true)?;
        }
        Ok(())
    }

    fn terminate(
        &mut self,
        drain: &Drain,
        going: &[LiveInstance],
        terminated: &mut BTreeSet<String>,
    ) -> Result<(), Stop> {
        let empty: Vec<String> = (going.iter())
            .filter(|it| it.is_draining && it.tasks == 0 && !terminated.contains(&it.ec2_id))
            .map(|it| it.ec2_id.clone())
            .collect();
        for batch in empty.chunks(UNPROTECTED_AT_A_TIME) {
            self.unprotect_all(&drain.group, Some(batch))?;
            self.live.keep_lock()?;
            for id in batch {
                self.live.terminate(id)?;
                terminated.insert(id.clone());
            }
        }
        Ok(())
    }

    /// Takes the protection from scale-in off these instances of a group, or all.
    pub(super) fn unprotect_all(
        &mut self,
        group: &str,
        among: Option<&[String]>,
    ) -> Result<(), Stop> {
        for batch in self.protected(group, among)?.chunks(UNPROTECTED_AT_A_TIME) {
            let mut batch = batch.to_vec();
            while !batch.is_empty() {
                self.live.keep_lock()?;
                let Err(error) = self.live.unprotect(group, &batch) else {
                    break;
                };
                // Managed scaling may have taken one of them meanwhile: what has another reason concerns the same ones again.
                let still = self.protected(group, Some(&batch))?;
                if still == batch {
                    return Err(error.into());
                }
                batch = still;
            }
        }
        Ok(())
    }

    fn protected(&mut self, group: &str, among: Option<&[String]>) -> Result<Vec<String>, Stop> {
        let described = self.live.describe(&Target::Group(group.to_owned()))?;
        Ok(protected(&described.unwrap_or_default(), among))
    }
}

/// The instances of a group as it is described, of those given, that can be unprotected: what is on its way out cannot be.
fn protected(group: &Value, among: Option<&[String]>) -> Vec<String> {
    let instances = group["Instances"].as_array();
    let is_there = |it: &&Value| {
        let state = it["LifecycleState"].as_str().unwrap_or_default();
        it["ProtectedFromScaleIn"].as_bool() == Some(true) && !state.starts_with("Terminat")
    };
    (instances.into_iter().flatten())
        .filter(is_there)
        .filter_map(|it| it["InstanceId"].as_str().map(str::to_owned))
        .filter(|id| among.is_none_or(|ids| ids.contains(id)))
        .collect()
}

/// The instances that go: those of types that do not stay, those that are draining already, and of the others those with
/// the fewest tasks, from the zone that has most of them, until the rest are few enough.
fn going(mut instances: Vec<LiveInstance>, drain: &Drain) -> Vec<LiveInstance> {
    if !drain.named.is_empty() {
        instances.retain(|it| drain.names(&it.arn));
        return instances;
    }
    instances.sort_by(|a, b| a.arn.cmp(&b.arn));
    let stays = |it: &LiveInstance| {
        !it.is_draining
            && (drain.types_that_stay.is_empty()
                || drain.types_that_stay.contains(&it.instance_type))
    };
    let (mut staying, mut going): (Vec<_>, Vec<_>) = instances.into_iter().partition(stays);
    let most = usize::try_from(drain.most).unwrap_or(usize::MAX);
    while staying.len() > most {
        let in_zone = |zone: &str| staying.iter().filter(|it| it.zone == zone).count();
        let next = (0..staying.len())
            .min_by_key(|&index| {
                let it: &LiveInstance = &staying[index];
                (std::cmp::Reverse(in_zone(&it.zone)), it.tasks, index)
            })
            .unwrap_or_default();
        going.push(staying.remove(next));
    }
    going
}

/// What a drain waits for: tasks of no service by the instances that they hold, since nobody but their owner ends them.
fn waiting(drain: &Drain, going: &[LiveInstance]) -> String {
    let tasks: u64 = going.iter().map(|it| it.tasks).sum();
    let all = format!(
        "{} instances of {} with {tasks} tasks",
        going.len(),
        drain.group
    );
    let held: Vec<&LiveInstance> = (going.iter())
        .filter(|it| it.tasks_of_no_service > 0)
        .collect();
    if held.is_empty() {
        return all;
    }
    let of_no_service: u64 = held.iter().map(|it| it.tasks_of_no_service).sum();
    let mut named: Vec<&str> = (held.iter().take(MOST_NAMED))
        .map(|it| it.ec2_id.as_str())
        .collect();
    let others = held.len().saturating_sub(MOST_NAMED);
    let others_said = format!("{others} more");
    if others > 0 {
        named.push(&others_said);
    }
    format!(
        "{all}, {of_no_service} of them of no service (on {}): ECS does not move these, they end by themselves or with StopTask",
        named.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(arn: &str, kind: &str, zone: &str, tasks: u64) -> LiveInstance {
        LiveInstance {
            arn: arn.to_owned(),
            ec2_id: format!("i-{arn}"),
            instance_type: kind.to_owned(),
            zone: zone.to_owned(),
            is_draining: false,
            tasks,
            tasks_of_no_service: 0,
        }
    }

    #[test]
    fn tasks_of_no_service_are_named_with_their_instances() {
        let mut all: Vec<LiveInstance> = (0..7)
            .map(|number| instance(&number.to_string(), "old", "a", 2))
            .collect();
        assert_eq!(
            waiting(&Drain::all("p", "asg"), &all),
            "7 instances of asg with 14 tasks"
        );
        all[3].tasks_of_no_service = 2;
        assert_eq!(
            waiting(&Drain::all("p", "asg"), &all),
            "7 instances of asg with 14 tasks, 2 of them of no service (on i-3): ECS does not move these, they end by themselves or \
             with StopTask"
        );
        for it in &mut all {
            it.tasks_of_no_service = 1;
        }
        let many = waiting(&Drain::all("p", "asg"), &all);
        assert!(
            many.contains("7 of them of no service (on i-0, i-1, i-2, i-3, i-4, 2 more)"),
            "{many}"
        );
    }

    #[test]
    fn other_types_go_and_of_the_rest_the_emptiest_of_the_fullest_zone() {
        let all = vec![
            instance("1", "old", "a", 9),
            instance("2", "new", "a", 5),
            instance("3", "new", "a", 4),
            instance("4", "new", "b", 1),
        ];
        let drain = Drain {
            provider: "p".to_owned(),
            group: "g".to_owned(),
            types_that_stay: vec!["new".to_owned()],
            most: 2,
            named: Vec::new(),
        };
        let names = |going: Vec<LiveInstance>| -> Vec<String> {
            going.into_iter().map(|it| it.arn).collect()
        };
        assert_eq!(names(going(all.clone(), &drain)), ["1", "3"]);
        // What drains is gone already: a second look takes no other instance.
        let mut later = all.clone();
        later[2].is_draining = true;
        assert_eq!(names(going(later, &drain)), ["1", "3"]);
        // Those that are named go and no others, whatever stands before the ids.
        let named = Drain {
            named: vec!["arn:aws:ecs:r:000000000000:container-instance/c/4".to_owned()],
            ..drain
        };
        assert_eq!(names(going(all, &named)), ["4"]);
    }
}
