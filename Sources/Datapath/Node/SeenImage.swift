import Plan
import Policy

/// An image in force that was read whole and found to be the wanted one, with an address table for each slice. Reading
/// is most of the cost of a look at the kernel; whoever looks often hands this from one `NodeKernel` to the next, and it
/// is spared as long as the generation is the same.
package struct SeenImage: Sendable {
    let generation: UInt32
    let indices: IndexAllocation
    private let desired: DesiredState
    let host: HostFacts
    /// Of the underlay.
    let underlayIndex: UInt32
    /// How many its queues are in.
    let trees: Int

    init(_ target: NodeKernel.Target, generation: UInt32, desired: DesiredState) {
        self.generation = generation
        underlayIndex = target.underlayIndex
        trees = target.trees.count
        indices = target.indices.settled
        self.desired = desired
        host = target.host
    }

    /// True where an image made of these would be this one. Rates and queues are no part of images.
    func isImage(of desired: DesiredState, on host: HostFacts) -> Bool {
        var desired = desired
        desired.queues = self.desired.queues
        desired.buckets = self.desired.buckets
        return desired == self.desired && host == self.host
    }

    /// The indices of slices whose address tables are of this size.
    func slices(withTablesOf macLimit: UInt32) -> Set<Int> {
        desired.fabric.macLimit == macLimit ? Set(indices.slices.values) : []
    }
}
