/// The text of a policy file, format v1, to a policy or to complaints.
package enum PolicyParser {
    private static let keys = [
        "apiVersion", "node", "underlay", "fabric", "classes", "slices", "peers", "rules", "metrics",
        "volatility", "schedules", "signals",
    ]

    /// Finds all errors it can, not only the first. Any text whatever gives an outcome.
    package static func parse(_ text: String) -> PolicyOutcome {
        let report = Report()
        let root = Document(text, report: report).flatMap { Section($0.root, "the policy", keys: keys, in: $0) }
        let policy = root.flatMap { read($0) }
        return PolicyOutcome(policy: report.hasErrors ? nil : policy, diagnostics: report.sorted)
    }

    /// nil if the underlay is wrong. Other parts that are wrong are missing, or have a stand-in.
    private static func read(_ root: Section) -> Policy? {
        let report = root.report
        checkVersion(root)

        // Sums of shares are only worth checking where every share is known, so these three sections go first.
        let underlay = readUnderlay(root)
        let classNames = Names("class", report: report)
        let classes = readClasses(root, names: classNames)
        let sliceNames = Names("slice", report: report)
        let slices = SliceReader(root, classes: classes, classNames: classNames, names: sliceNames, underlay: underlay)
            .read()
        let sharesAreKnown = !report.hasErrors

        let node = root.required("node", Name.node)
        let fabric = readFabric(root)
        let peers = readPeers(root, sliceNames: sliceNames, underlay: underlay)
        let rules = readRules(root, classNames: classNames, sliceNames: sliceNames)
        let metrics = root.section("metrics", "metrics", keys: ["listen"])?.required("listen", endpoint)
        let quotas = QuotaReader(classes: classes, slices: slices, classNames: classNames, sliceNames: sliceNames)
        let volatility = readVolatility(root, quotas: quotas)
        let schedules = readSchedules(root, quotas: quotas)
        let signals = readSignals(root)
        guard let node, let underlay else { return nil }
        var policy = Policy(
            node: node, underlay: underlay, fabric: fabric, classes: classes, slices: slices, peers: peers,
            rules: rules.map(\.rule), metrics: metrics ?? Policy.Metrics(host: "127.0.0.1", port: 9464))
        policy.volatility = volatility?.value
        policy.schedules = schedules.map(\.value)
        policy.signals = signals
        if sharesAreKnown { report.add(BandwidthProblem.all(in: policy)) }
        if !report.hasErrors {
            checkAutomatics(policy, regimes: volatility?.quotas ?? [:], schedules: schedules, report: report)
        }
        // What a wrong part would have done is not known, and so neither what is of no use.
        if !report.hasErrors { warnOfUselessParts(policy, rules: rules, report: report) }
        return policy
    }

    private static func checkVersion(_ root: Section) {
        guard let version = root.required("apiVersion", { $0 }), version != "shaper/v1" else { return }
        root.report.error(
            root.place(of: "apiVersion"), "the policy is not of version shaper/v1, but \(quoted(version))",
            remedy: "write apiVersion: shaper/v1")
    }
}

extension Policy {
    /// Throws all complaints if there is any error; warnings alone are lost.
    package init(validating text: String) throws(PolicyError) {
        let outcome = PolicyParser.parse(text)
        guard let policy = outcome.policy else { throw PolicyError(diagnostics: outcome.diagnostics) }
        self = policy
    }
}
