import CBPF

extension PolicyParser {
    /// nil, and reported, if a part that has no default is missing or wrong.
    static func readUnderlay(_ root: Section) -> Policy.Underlay? {
        let keys = ["interface", "address", "rate", "headroom", "port"]
        guard root.requires("underlay"), let section = root.section("underlay", "underlay", keys: keys) else {
            return nil
        }
        root.report.remember(.link, at: section.place(of: "rate"))
        let rates = BitRate(bitsPerSecond: 1_000_000)...BitRate(bitsPerSecond: 10_000_000_000_000)
        let interface = section.required("interface", Name.interface)
        let address = section.required("address", hostAddress)
        let rate = section.required("rate", bounded(rates, \.description, BitRate.init(parsing:)))
        let headroom = section.value("headroom", bounded(0...50, Share.text(percent:), Share.percent(parsing:)))
        let port = section.value("port", wholeNumber(1...UInt16.max))
        guard let interface, let address, let rate else { return nil }
        return Policy.Underlay(
            interface: interface, address: address, rate: rate, headroom: headroom ?? 5, port: port ?? 4789)
    }

    static func readFabric(_ root: Section) -> Policy.Fabric {
        let section = root.section("fabric", "fabric", keys: ["ageing", "flood", "macLimit", "dscp", "trustDscp"])
        let ageing = section?.value(
            "ageing", bounded(.seconds(1) ... .seconds(86400), \.unitText, Duration.init(parsing:)))
        return Policy.Fabric(
            ageing: ageing ?? .seconds(300),
            flood: section?.value("flood", wholeNumber(1...1_000_000)) ?? 1000,
            macLimit: section?.value("macLimit", wholeNumber(1...65536)) ?? 1024,
            dscp: section?.value("dscp", word(Policy.DSCPModel.self)) ?? .pipe,
            trustDscp: section?.list("trustDscp").compactMap {
                section?.read($0, "trustDscp", Prefix.init(parsing:))
            } ?? [])
    }

    static func readPeers(_ root: Section, sliceNames: Names, underlay: Policy.Underlay?) -> [Policy.Peer] {
        let report = root.report
        let most = Int(SHAPER_MAX_PEERS.rawValue) - 1
        let sections = root.sections("peers", "peer", keys: ["name", "address", "slices"])
        if sections.count > most {
            report.error(
                sections[most].place, "\(sections.count) peers are more than a node can have", remedy: "keep \(most)")
        }
        let names = Names("peer", report: report)
        var addresses: [IPAddress: Int] = [:]
        return sections.compactMap { section in
            let name = section.required("name", Name.word)
            let address = section.required("address", hostAddress)
            if let name { names.add(name, at: section.place(of: "name")) }
            if let address {
                let place = section.place(of: "address")
                check(address, of: section, underlay: underlay)
                if let line = addresses.updateValue(place.line, forKey: address) {
                    report.error(
                        place, "the address \(address) is also that of the peer on line \(line)", remedy: "correct one")
                }
            }
            let slices = readSliceNames(of: section, names: sliceNames)
            guard let name, let address else { return nil }
            return Policy.Peer(name: name, address: address, slices: slices)
        }
    }

    private static func check(_ address: IPAddress, of peer: Section, underlay: Policy.Underlay?) {
        guard let own = underlay?.address else { return }
        if address == own {
            peer.report.error(
                peer.place(of: "address"), "the address of \(peer.title) is this node's own, \(own)",
                remedy: "write the peer's, or remove this node from its own list of peers")
        } else if address.isIPv4 != own.isIPv4 {
            peer.report.error(
                peer.place(of: "address"),
                "\(address) of \(peer.title) is not of the family of underlay.address, \(own)",
                remedy: "write its \(own.isIPv4 ? "IPv4" : "IPv6") address")
        }
    }

    private static func readSliceNames(of peer: Section, names: Names) -> [String] {
        guard peer.requires("slices") else { return [] }
        var slices: [String] = []
        var seen: Set<String> = []
        let nodes = peer.list("slices")
        if nodes.isEmpty {
            peer.report.error(peer.place(of: "slices"), "\(peer.title) shares no slice", remedy: "remove it")
        }
        for node in nodes {
            guard let name = peer.read(node, "slices", Name.word), names.resolves(name, at: node.place) else {
                continue
            }
            if seen.insert(name).inserted {
                slices.append(name)
            } else {
                peer.report.error(node.place, "\(peer.title) has the slice \(quoted(name)) twice", remedy: "remove one")
            }
        }
        return slices
    }
}
