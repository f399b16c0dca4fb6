//! The tests of the rules together: what a service and an offering must pass.

use crate::domain::service::Service;
use crate::formulate::offering::Offering;

use super::{
    architecture, attachments, host_ports, launch_type, managed_instances, member_of, resources,
};

/// Name of the rule that architectures must agree.
pub use crate::domain::plan::ARCHITECTURE;
/// A test that failed, with what it saw.
pub use crate::domain::plan::FailedTest as Failed;
/// Name of the rule that expressions on attributes must hold.
pub use crate::domain::plan::MEMBER_OF;

/// Every test the pair fails; empty when one task of the service can run there, other services aside.
pub fn failures(service: &Service, offering: &Offering) -> Vec<Failed> {
    let mut failed = Vec::new();
    if offering.purchase_option.is_managed() {
        failed.extend(managed_instances::test(service));
    } else {
        failed.extend(launch_type::test(
            service,
            offering.purchase_option.is_external(),
        ));
    }
    failed.extend(architecture::test(service, offering.architecture));
    failed.extend(member_of::test(service, &offering.attributes));
    match offering.allocatable {
        Some(offered) => {
            failed.extend(resources::test(service, offered));
            failed.extend(host_ports::test(service, &offering.ports));
            failed.extend(attachments::test(service, &offering.attachments));
        }
        None => failed.push(Failed::Daemons),
    }
    failed
}
