import CBPF

/// Reads the slices' ports: an interface, whole or by VLAN, belongs to one slice.
struct PortReader {
    private let underlay: Policy.Underlay?
    private let tunnelDevice: String?
    private let report: Report
    /// Lines of the ports by interface; VLAN 0 is the whole interface.
    private var lines: [String: [UInt16: Int]] = [:]
    private var ports = 0
    private var statics = 0

    init(underlay: Policy.Underlay?, node: String?, report: Report) {
        self.underlay = underlay
        tunnelDevice = node.map { "sh-\($0)" }
        self.report = report
    }

    mutating func read(_ slice: Section) -> [Policy.Port] {
        let nodes = slice.list("ports")
        let most = Int(SHAPER_MAX_SLICE_PORTS.rawValue)
        if nodes.count > most {
            report.error(
                nodes[most].place, "\(nodes.count) ports of \(slice.title) are more than \(most)", remedy: "remove some"
            )
        }
        var claimed = StaticLines()
        var read: [Policy.Port] = []
        for node in nodes {
            if node.isScalar {
                guard let interface = slice.read(node, "ports", Name.interface) else { continue }
                claim(interface, vlan: nil, at: node.place)
                read.append(Policy.Port(interface: interface, vlan: nil, statics: []))
            } else if let section = slice.section(node, "port", keys: ["interface", "vlan", "static", "xdp"]) {
                if let port = readFull(section, &claimed) { read.append(port) }
            }
        }
        return read
    }

    private mutating func readFull(_ section: Section, _ claimed: inout StaticLines) -> Policy.Port? {
        let interface = section.required("interface", Name.interface)
        let vlan = section.value("vlan", wholeNumber(1...4094 as ClosedRange<UInt16>))
        let xdp = section.value("xdp", Self.xdpMode)
        if xdp != nil, vlan != nil {
            report.error(
                section.place(of: "xdp"), "XDP reads whole interfaces, not VLANs of them",
                remedy: "remove the key xdp, or the vlan")
        }
        let entries = readStatics(section, &claimed)
        guard let interface else { return nil }
        claim(interface, vlan: vlan, at: section.place)
        return Policy.Port(interface: interface, vlan: vlan, statics: entries, xdp: xdp != nil)
    }

    /// Lines of a slice's static entries.
    private struct StaticLines {
        var macs: [MACAddress: Int] = [:]
        var ips: [IPAddress: Int] = [:]
    }

    private enum XDPMode { case native }

    private static func xdpMode(_ text: String) throws(ValueError) -> XDPMode {
        guard text == "native" else {
            throw ValueError("\(quoted(text)) is no way to run XDP", remedy: "write native, or remove the key")
        }
        return .native
    }

    private mutating func readStatics(_ port: Section, _ claimed: inout StaticLines) -> [Policy.StaticEntry] {
        port.sections("static", "static entry", keys: ["mac", "ip"]).compactMap { section in
            let mac = section.required("mac", Self.hostMAC)
            let ip = section.value("ip", tenantAddress)
            guard let mac else { return nil }
            statics += 1
            if statics == Int(SHAPER_MAX_STATICS.rawValue) / 2 + 1 {
                report.error(
                    section.place, "more than \(statics - 1) static entries", remedy: "leave some to be learned")
            }
            if let line = claimed.macs.updateValue(section.place.line, forKey: mac) {
                report.error(
                    section.place(of: "mac"), "\(mac) is already static in this slice, on line \(line)",
                    remedy: "keep one")
            }
            if let ip, let line = claimed.ips.updateValue(section.place.line, forKey: ip) {
                report.error(
                    section.place(of: "ip"), "\(ip) is already another station's in this slice, on line \(line)",
                    remedy: "give each its own")
            }
            return Policy.StaticEntry(mac: mac, ip: ip)
        }
    }

    private static func hostMAC(_ text: String) throws(ValueError) -> MACAddress {
        let mac = try MACAddress(parsing: text)
        guard !mac.isMulticast, mac.value != 0 else {
            throw ValueError("\(quoted(text)) is no single station's address", remedy: "write a unicast address")
        }
        return mac
    }

    private mutating func claim(_ interface: String, vlan: UInt16?, at place: Place) {
        ports += 1
        if ports == Int(SHAPER_MAX_PORTS.rawValue) {
            report.error(place, "more than \(ports - 1) ports on one node", remedy: "remove some")
        }
        if interface == underlay?.interface {
            report.error(
                place, "\(quoted(interface)) is the underlay, it cannot be a port",
                remedy: "name the tenant's interface")
        }
        if interface == tunnelDevice {
            report.error(
                place, "\(quoted(interface)) is the tunnel device, it cannot be a port", remedy: "name the tenant's")
        }
        let vlans = lines[interface, default: [:]]
        let text = vlan.map { "VLAN \($0) of \(quoted(interface))" } ?? "the interface \(quoted(interface))"
        if let line = vlans[vlan ?? 0] {
            report.error(place, "\(text) is already a port, on line \(line)", remedy: "remove one")
        } else if let line = vlan == nil ? vlans.values.min() : vlans[0] {
            report.error(
                place, "\(quoted(interface)) is a port both whole and by VLAN (line \(line))",
                remedy: "give every port of it a vlan, or let it be one port")
        } else {
            lines[interface, default: [:]][vlan ?? 0] = place.line
        }
    }
}
