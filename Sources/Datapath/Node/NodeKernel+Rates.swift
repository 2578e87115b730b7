import Plan
import Policy

extension NodeKernel {
    /// Puts other rates in force over a policy that stays: the queues that differ, in one message to the kernel, and the
    /// policers. The kernel is not read for it, which would be most of the time, but believed to be as it was left.
    ///
    /// - Parameters:
    ///   - desired: differs from `former` in rates alone.
    ///   - former: what was put in force last.
    ///   - acknowledged: called when the kernel has every rate. What queues may hold follows, which takes as long again.
    /// - Returns: false where that is not known, or where the kernel refused: it is not as it was left. Apply the whole,
    ///   which puts right whatever was done of it.
    package func setRates(
        _ desired: DesiredState, after former: DesiredState, acknowledged: () -> Void = {}
    ) -> Bool {
        do {
            guard let seen, try seen.generation == generation(), seen.isImage(of: desired, on: seen.host),
                let maps = pinned?.maps
            else { return false }
            let changes = try QueueChanges.ofClasses(
                from: classes(former, seen), to: classes(desired, seen))
            try netlink.write(changes.filter { !$0.isOfLeaf }, interface: seen.underlayIndex)
            for (key, rate) in ExpressRates(desired, seen.indices).differing(from: ExpressRates(former, seen.indices)) {
                try maps.rates.set(key, rate.raw)
            }
            acknowledged()
            try netlink.write(changes.filter(\.isOfLeaf), interface: seen.underlayIndex)
            return true
        } catch {
            return false
        }
    }

    private func classes(_ desired: DesiredState, _ seen: SeenImage) throws(KernelError) -> [HTBClass] {
        desired.queues.charged(try charge()).htbClasses(trees: seen.trees) { seen.indices.queues[$0]! }
    }
}
