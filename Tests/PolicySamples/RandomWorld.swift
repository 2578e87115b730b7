import Plan

@testable import Policy

/// Policies and packets from a small world, so that rules overlap and packets meet them. The same seed gives the same.
package struct RandomWorld {
    private var generator: SplitMix64

    package init(seed: UInt64) { generator = SplitMix64(state: seed) }

    package static let slices = ["perp", "spot", "idle"]

    private static let ports: [UInt16] = [0, 1, 22, 7000, 7001, 7002, 9100, 9105, 9110, 40000, 65534, 65535]

    private static let v4Addresses = [
        Build.v4(10, 0, 0, 1), Build.v4(10, 0, 0, 2), Build.v4(10, 0, 1, 1), Build.v4(10, 128, 0, 1),
        Build.v4(192, 0, 2, 7), Build.v4(0, 0, 0, 0), Build.v4(255, 255, 255, 255),
    ]
    private static let v6Addresses = [
        IPAddress(high: 0x2001_0db8_0000_0000, low: 1), IPAddress(high: 0x2001_0db8_0000_0001, low: 1),
        IPAddress(high: 0xfe80_0000_0000_0000, low: 9), IPAddress(high: 0, low: 1),
        // Next to the IPv4 addresses, and none of them.
        IPAddress(high: 0, low: 0xFFFE_0A00_0001),
    ]
    private static let prefixes = [
        Build.v4Prefix(0, 0, 0, 0, 0), Build.v4Prefix(10, 0, 0, 0, 8), Build.v4Prefix(10, 0, 0, 0, 16),
        Build.v4Prefix(10, 0, 0, 0, 24), Build.v4Prefix(10, 0, 0, 1, 32), Build.v4Prefix(10, 128, 0, 0, 9),
        Build.v4Prefix(192, 0, 2, 0, 24), Build.v6Prefix(0, 0), Build.v6Prefix(0, 64), Build.v6Prefix(0, 80),
        Build.v6Prefix(0x2001_0db8_0000_0000, 32), Build.v6Prefix(0x2001_0db8_0000_0000, 64),
        Prefix(address: v6Addresses[0], length: 128), Prefix(address: v6Addresses[3], length: 128),
    ]

    package mutating func policy() -> Policy {
        let classes = ["liquidation", "settlement", "orders", "bulk"]
        return Build.policy(
            classes: classes.map { Build.trafficClass($0, isDefault: $0 == "bulk") },
            slices: Self.slices.enumerated().map { Build.slice($1, 4201 + UInt32($0)) },
            rules: (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                rule(classes.randomElement(using: &generator)!)
            },
            trustDscp: some(of: Self.prefixes, percent: 50, atMost: 3))
    }

    private mutating func rule(_ className: String) -> Rule {
        // Of "idle" there are none: it has the global rules alone.
        let slice = chance(50) ? nil : Self.slices[Int.random(in: 0...1, using: &generator)]
        return Build.rule(
            className, slice: slice,
            ipProtocol: chance(40) ? [6, 17, 132, 1, 58].randomElement(using: &generator) : nil,
            ports: portRanges(percent: 30), sourcePorts: portRanges(percent: 15),
            destinationPorts: portRanges(percent: 15), prefixes: some(of: Self.prefixes, percent: 30, atMost: 3),
            sources: some(of: Self.prefixes, percent: 15, atMost: 2),
            destinations: some(of: Self.prefixes, percent: 15, atMost: 2),
            dscps: some(of: [0, 10, 34, 46, 63], percent: 15, atMost: 2),
            payload: chance(10)
                ? Rule.PayloadTest(
                    offset: UInt16.random(in: 0...4, using: &generator),
                    width: [1, 2, 4, 8].randomElement(using: &generator)!,
                    atLeast: UInt64.random(in: 0...0x180, using: &generator)) : nil)
    }

    package mutating func packet() -> FlowKey {
        guard chance(96) else { return .notIP }
        let addresses = chance(65) ? Self.v4Addresses : Self.v6Addresses
        let ipProtocol: UInt8 = [6, 6, 17, 17, 17, 132, 1, 58, 254].randomElement(using: &generator)!
        let fragment = chance(10)
        let ports =
            [6, 17, 132].contains(ipProtocol) && !fragment
            ? FlowKey.Ports(source: port(), destination: port()) : nil
        return FlowKey(
            ip: FlowKey.IP(
                ipProtocol: ipProtocol, source: addresses.randomElement(using: &generator)!,
                destination: addresses.randomElement(using: &generator)!, ports: ports,
                dscp: [0, 10, 34, 46, 63].randomElement(using: &generator)!,
                payload: ipProtocol == 17 && !fragment
                    ? (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                        UInt8.random(in: 0...2, using: &generator)
                    } : []))
    }

    private mutating func port() -> UInt16 {
        let port = Self.ports.randomElement(using: &generator)!
        return chance(80) ? port : port &+ 1
    }

    private mutating func portRanges(percent: Int) -> [ClosedRange<UInt16>] {
        some(of: Self.ports, percent: percent, atMost: 3).map { low in
            let high = Self.ports.randomElement(using: &generator)!
            return chance(50) ? low...low : min(low, high)...max(low, high)
        }
    }

    private mutating func some<T>(of values: [T], percent: Int, atMost count: Int) -> [T] {
        guard chance(percent) else { return [] }
        return (0..<Int.random(in: 1...count, using: &generator)).map { _ in values.randomElement(using: &generator)! }
    }

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &generator) < percent }
}

/// Steele, Lea and Flood's generator (OOPSLA 2014): small, and the same everywhere.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
