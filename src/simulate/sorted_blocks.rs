//! Instances of a cell in the order of what remains on them, for binpack.
//!
//! A sorted sequence cut into blocks of at most [`BLOCK`] entries; each block knows the largest remaining
//! amount of every resource in it. The first entry at or after a key with enough room is found by skipping
//! blocks in which some resource is nowhere enough. Insertion and removal move at most one block. With `n`
//! entries a search costs O(n / BLOCK + BLOCK) when the maxima tell the truth, O(n) at worst.

use super::workload::Room;

/// Most entries of a block.
const BLOCK: usize = 64;

/// Remaining amounts in the order's resources (0 for none), then the tie key.
pub(super) type PackKey = (u32, u32, u64);

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: PackKey,
    instance: u32,
    room: Room,
}

#[derive(Debug, Clone, Default)]
struct Block {
    entries: Vec<Entry>,
    most: Room,
}

impl Block {
    fn last_key(&self) -> PackKey {
        self.entries.last().map_or((0, 0, 0), |entry| entry.key)
    }

    fn measure(&mut self) {
        self.most = (self.entries.iter()).fold([0; 4], |most, entry| max(most, entry.room));
    }
}

/// The sequence.
#[derive(Debug, Clone, Default)]
pub(super) struct SortedBlocks {
    blocks: Vec<Block>,
}

impl SortedBlocks {
    /// Takes in entries, which need no order, in place of those there are.
    pub fn refill(&mut self, entries: impl Iterator<Item = (PackKey, u32, Room)>) {
        let mut all: Vec<Entry> = entries
            .map(|(key, instance, room)| Entry {
                key,
                instance,
                room,
            })
            .collect();
        all.sort_unstable_by_key(|entry| entry.key);
        self.blocks.clear();
        // Half full, so that the first insertions split nothing.
        for entries in all.chunks(BLOCK / 2) {
            let mut block = Block {
                entries: Vec::with_capacity(BLOCK),
                most: [0; 4],
            };
            block.entries.extend_from_slice(entries);
            block.measure();
            self.blocks.push(block);
        }
    }

    /// Adds an instance.
    pub fn insert(&mut self, key: PackKey, instance: u32, room: Room) {
        let entry = Entry {
            key,
            instance,
            room,
        };
        if self.blocks.is_empty() {
            self.blocks.push(Block::default());
        }
        let at = self.block_of(key).min(self.blocks.len() - 1);
        let block = &mut self.blocks[at];
        let position = block.entries.partition_point(|other| other.key < key);
        block.entries.insert(position, entry);
        block.most = max(block.most, room);
        if block.entries.len() > BLOCK {
            let mut upper = Block {
                entries: Vec::with_capacity(BLOCK + 1),
                most: [0; 4],
            };
            upper.entries.extend(block.entries.drain(BLOCK / 2..));
            block.measure();
            upper.measure();
            self.blocks.insert(at + 1, upper);
        }
    }

    /// Takes an instance out; `key` is the one it was added with.
    pub fn remove(&mut self, key: PackKey) {
        let at = self.block_of(key);
        let block = &mut self.blocks[at];
        let position = block.entries.partition_point(|other| other.key < key);
        debug_assert!(block.entries[position].key == key, "an entry under its key");
        let gone = block.entries.remove(position);
        if block.entries.is_empty() {
            self.blocks.remove(at);
        } else if (gone.room.iter().zip(block.most)).any(|(room, most)| *room == most) {
            block.measure();
        }
    }

    /// The first entry at or after `from` that has `need` and that `usable` accepts.
    pub fn first(
        &self,
        from: PackKey,
        need: Room,
        mut usable: impl FnMut(u32) -> bool,
    ) -> Option<(PackKey, u32)> {
        for block in &self.blocks[self.block_of(from)..] {
            if !covers(block.most, need) {
                continue;
            }
            for entry in &block.entries {
                if entry.key >= from && covers(entry.room, need) && usable(entry.instance) {
                    return Some((entry.key, entry.instance));
                }
            }
        }
        None
    }

    /// The first block whose last entry is not before the key.
    fn block_of(&self, key: PackKey) -> usize {
        self.blocks.partition_point(|block| block.last_key() < key)
    }
}

/// Whether every amount suffices.
pub(super) fn covers(room: Room, need: Room) -> bool {
    room[0] >= need[0] && room[1] >= need[1] && room[2] >= need[2] && room[3] >= need[3]
}

fn max(a: Room, b: Room) -> Room {
    std::array::from_fn(|index| a[index].max(b[index]))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_finds_what_a_scan_of_a_sorted_list_finds(
            steps in prop::collection::vec((0_u32..40, 0_u32..6, any::<bool>()), 1..400),
            queries in prop::collection::vec((0_u32..45, 0_u32..7), 1..20),
        ) {
            let mut blocks = SortedBlocks::default();
            let mut list: Vec<(PackKey, u32, Room)> = Vec::new();
            for (number, (memory, cpu, adds)) in (0_u32..).zip(steps) {
                if adds || list.is_empty() {
                    let entry = ((memory, 0, u64::from(number)), number, [cpu, memory, 0, 0]);
                    blocks.insert(entry.0, entry.1, entry.2);
                    list.push(entry);
                } else {
                    let at = memory as usize % list.len();
                    blocks.remove(list.swap_remove(at).0);
                }
            }
            list.sort_unstable();
            for (memory, cpu) in queries {
                let need = [cpu, 0, 0, 0];
                let even = |instance: u32| instance.is_multiple_of(2);
                let expected = (list.iter())
                    .find(|(key, id, room)| {
                        *key >= (memory, 0, 0) && covers(*room, need) && even(*id)
                    })
                    .map(|(key, id, _)| (*key, *id));
                prop_assert_eq!(blocks.first((memory, 0, 0), need, even), expected);
            }
        }
    }
}
