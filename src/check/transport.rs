//! Which rows of the plan are which of today's instances.
//!
//! A transportation problem: row `r` asks for `supply[r]` instances, class `c` of identical instances
//! has `capacity[c]`, and `allowed[r]` lists the classes row `r` may come from. The largest flow is found
//! by augmenting paths (Ford and Fulkerson), breadth first, one bottleneck at a time; both sides are
//! small, since identical instances are one class.

use std::collections::VecDeque;

/// What a largest flow leaves over.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Leftover {
    /// Instances of each row without a counterpart today.
    pub rows: Vec<u64>,
    /// Instances of each class that no row stands for.
    pub classes: Vec<u64>,
}

/// A vertex on an augmenting path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Vertex {
    Row(usize),
    Class(usize),
}

/// Assigns as many instances as possible and tells what is left on both sides.
pub(super) fn assign(supply: &[u64], capacity: &[u64], allowed: &[Vec<usize>]) -> Leftover {
    let mut left = Leftover {
        rows: supply.to_vec(),
        classes: capacity.to_vec(),
    };
    let mut flow = vec![vec![0_u64; capacity.len()]; supply.len()];
    while let Some(path) = augmenting_path(&left, &flow, allowed) {
        augment(&mut left, &mut flow, &path);
    }
    left
}

/// A shortest path from a row with supply to a class with capacity: row, class, row, …, class.
fn augmenting_path(
    left: &Leftover,
    flow: &[Vec<u64>],
    allowed: &[Vec<usize>],
) -> Option<Vec<usize>> {
    let mut row_parent: Vec<Option<usize>> = vec![None; flow.len()];
    let mut row_seen: Vec<bool> = left.rows.iter().map(|&n| n > 0).collect();
    let mut class_parent: Vec<Option<usize>> = vec![None; left.classes.len()];
    let mut queue: VecDeque<Vertex> = (0..flow.len())
        .filter(|&row| row_seen[row])
        .map(Vertex::Row)
        .collect();
    while let Some(vertex) = queue.pop_front() {
        match vertex {
            Vertex::Row(row) => {
                for &class in &allowed[row] {
                    if class_parent[class].is_none() {
                        class_parent[class] = Some(row);
                        queue.push_back(Vertex::Class(class));
                    }
                }
            }
            Vertex::Class(class) if left.classes[class] > 0 => {
                return Some(path_back(class, &row_parent, &class_parent));
            }
            Vertex::Class(class) => {
                for row in 0..flow.len() {
                    if !row_seen[row] && flow[row][class] > 0 {
                        row_seen[row] = true;
                        row_parent[row] = Some(class);
                        queue.push_back(Vertex::Row(row));
                    }
                }
            }
        }
    }
    None
}

/// The path that ends in `class`, from its start: alternating row and class indices.
fn path_back(
    class: usize,
    row_parent: &[Option<usize>],
    class_parent: &[Option<usize>],
) -> Vec<usize> {
    let mut path = Vec::new();
    let mut next_class = Some(class);
    while let Some(class) = next_class {
        path.push(class);
        let row = class_parent[class].expect("a visited class has a parent row");
        path.push(row);
        next_class = row_parent[row];
    }
    path.reverse();
    path
}

/// Sends as much as the path allows along it.
fn augment(left: &mut Leftover, flow: &mut [Vec<u64>], path: &[usize]) {
    let (start, end) = (path[0], path[path.len() - 1]);
    // Forward edges are at even positions (row → class), backward ones at odd positions (class → row).
    let backward = |position: usize| (path[position + 1], path[position]);
    let amount = (1..path.len() - 1)
        .step_by(2)
        .map(|position| {
            let (row, class) = backward(position);
            flow[row][class]
        })
        .chain([left.rows[start], left.classes[end]])
        .min()
        .expect("two amounts at least");
    for position in (0..path.len() - 1).step_by(2) {
        flow[path[position]][path[position + 1]] += amount;
    }
    for position in (1..path.len() - 1).step_by(2) {
        let (row, class) = backward(position);
        flow[row][class] -= amount;
    }
    left.rows[start] -= amount;
    left.classes[end] -= amount;
}

#[cfg(test)]
mod tests {
    use super::{Leftover, assign};

    #[test]
    fn an_early_choice_is_taken_back_when_another_row_needs_the_class() {
        // Row 0 may be either class and would take class 0 first; row 1 can only be class 0.
        let left = assign(&[2, 2], &[2, 2], &[vec![0, 1], vec![0]]);
        assert_eq!(
            left,
            Leftover {
                rows: vec![0, 0],
                classes: vec![0, 0]
            }
        );
    }

    #[test]
    fn what_cannot_be_assigned_is_left_on_both_sides() {
        let left = assign(&[u64::MAX, 1], &[3, 5], &[vec![0], vec![]]);
        assert_eq!(
            left,
            Leftover {
                rows: vec![u64::MAX - 3, 1],
                classes: vec![0, 5]
            }
        );
    }
}
