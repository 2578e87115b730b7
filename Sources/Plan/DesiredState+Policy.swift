import Policy

extension DesiredState {
    /// What the kernel should hold for a checked policy. Pure: the same policy gives the same state.
    /// - Throws: `PlanError` where the rules compile to more than the kernel's tables hold.
    package init(_ policy: Policy) throws(PlanError) {
        let bandwidth = Bandwidth(policy)
        let buckets = ExpressBucket.all(policy, bandwidth)
        let (classifier, ruleSetOfSlice) = try Classifier.compile(policy)
        let vnis = Dictionary(policy.slices.map { ($0.name, $0.vni) }, uniquingKeysWith: { first, _ in first })
        self.init(
            node: policy.node,
            underlay: policy.underlay,
            fabric: policy.fabric,
            classes: policy.classes.map { DesiredClass(name: $0.name, lane: $0.lane, dscp: $0.dscp ?? 0) },
            slices: zip(policy.slices, ruleSetOfSlice).map { slice, ruleSet in
                DesiredSlice(
                    name: slice.name, vni: slice.vni, hasQuota: slice.hasQuota,
                    ports: slice.ports, ruleSet: ruleSet)
            },
            peers: policy.peers.map { peer in
                DesiredPeer(name: peer.name, address: peer.address, vnis: peer.slices.compactMap { vnis[$0] })
            },
            queues: QueueTree(policy, bandwidth, buckets: buckets),
            buckets: buckets,
            classifier: classifier)
    }
}

extension DesiredState {
    /// The same but for its rates, which are those of `policy`. Rules are not compiled again: that is most of the work.
    ///
    /// - Parameters:
    ///   - policy: differs from this state's own in guarantees and ceilings only.
    ///   - bandwidth: the policy's.
    package func withRates(of policy: Policy, _ bandwidth: Bandwidth) -> DesiredState {
        var state = self
        state.buckets = ExpressBucket.all(policy, bandwidth)
        state.queues = QueueTree(policy, bandwidth, buckets: state.buckets)
        return state
    }

    /// The same, in which the policers lapse to the rates of `lasting` at a time of CLOCK_MONOTONIC, ns. Queues cannot lapse
    /// by themselves.
    ///
    /// - Parameters:
    ///   - lasting: differs from this state's own policy in guarantees and ceilings only.
    ///   - bandwidth: that policy's.
    package func lapsing(to lasting: Policy, _ bandwidth: Bandwidth, at time: UInt64) -> DesiredState {
        var state = self
        state.buckets = ExpressBucket.all(buckets, lapsingTo: ExpressBucket.all(lasting, bandwidth), at: time)
        return state
    }
}
