import Testing

@testable import Policy

/// A policy with two slices: perp's and spot's lines can be chosen.
private func policy(classes: String = standard, perp: String, spot: String = "", rate: String = "200mbit") -> String {
    """
    apiVersion: shaper/v1
    node: ny
    underlay: {interface: u0, address: 192.0.2.1, rate: \(rate)}
    classes:
    \(classes)
    slices:
      - {name: perp, vni: 4201, ports: [p1, p2], \(perp)}
      - {name: spot, vni: 4202, ports: [p3, p4], \(spot)}
    """
}

private let standard = """
      - {name: liquidation, lane: express, ceiling: 10%}
      - {name: settlement, guarantee: 25%}
      - {name: orders, guarantee: 25%}
      - {name: bulk, default: true}
    """

private func mbit(_ number: Double) -> BitRate { BitRate(bitsPerSecond: UInt64((number * 1_000_000).rounded())) }

@Suite struct BandwidthTests {
    @Test func `the worked example`() throws {
        let bandwidth = Bandwidth(try Policy(validating: policy(perp: "guarantee: 50%")))
        #expect(bandwidth.link == mbit(190))
        #expect(bandwidth.own == mbit(3.8))
        #expect(bandwidth.express == mbit(29.925))
        let perp = try #require(bandwidth.slices[4201])
        #expect(perp.guarantee == mbit(95) && perp.ceiling == mbit(190))
        #expect(perp.classes.map(\.guarantee) == [mbit(1), mbit(23.75), mbit(23.75), mbit(1)])
        #expect(perp.classes.map(\.ceiling) == Array(repeating: mbit(190), count: 4))
        #expect(perp.classes.map(\.bucket) == [mbit(9.5), nil, nil, nil])
        let common = try #require(bandwidth.common)
        #expect(common.guarantee == mbit(61.275) && common.ceiling == mbit(190))
        #expect(common.classes.map(\.guarantee) == [mbit(1), mbit(15.31875), mbit(15.31875), mbit(1)])
        #expect(common.classes[0].bucket == mbit(19))
        #expect(bandwidth.slices[4202] == nil)
    }

    @Test func `where every slice has quotas there is no common subtree`() throws {
        let bandwidth = Bandwidth(try Policy(validating: policy(perp: "guarantee: 50%", spot: "guarantee: 20%")))
        #expect(bandwidth.common == nil)
        #expect(bandwidth.express == mbit((9.5 + 3.8) * 1.05))
    }

    @Test func `a slice with a ceiling alone is guaranteed its floors and given rates`() throws {
        let text = policy(classes: standard + "\n  - {name: backup, guarantee: 3mbit}", perp: "ceiling: 50mbit")
        let perp = try #require(Bandwidth(try Policy(validating: text)).slices[4201])
        #expect(perp.guarantee == mbit(7))
        #expect(perp.ceiling == mbit(50))
        #expect(perp.classes.map(\.guarantee) == [1, 1, 1, 1, 3].map(mbit))
        #expect(perp.classes.map(\.ceiling) == Array(repeating: mbit(50), count: 5))
        #expect(perp.classes[0].bucket == mbit(0.7))
    }

    @Test func `a slice's own figures win, and no leaf is below the floor`() throws {
        let reversed = policy(perp: "guarantee: 50%, classes: {bulk: {guarantee: 10%, ceiling: 100kbit}}")
        #expect(complaints(reversed).first?.contains("the guarantee 9.5mbit is above the ceiling 1mbit") == true)
        let floors = try Policy(validating: policy(perp: "guarantee: 50%, classes: {bulk: {ceiling: 100kbit}}"))
        #expect(Bandwidth(floors).slices[4201]?.classes[3].ceiling == mbit(1))
        let cut = try Policy(validating: policy(perp: "guarantee: 50%, classes: {liquidation: {ceiling: 2mbit}}"))
        #expect(Bandwidth(cut).slices[4201]?.classes[0].bucket == mbit(2))
        #expect(Bandwidth(cut).express == mbit(21 * 1.05))
    }

    @Test func `ceilings are clamped to the slice and the link`() throws {
        let text = policy(perp: "guarantee: 20mbit, ceiling: 1gbit, classes: {bulk: {ceiling: 2gbit}}")
        let perp = try #require(Bandwidth(try Policy(validating: text)).slices[4201])
        #expect(perp.ceiling == mbit(190))
        #expect(perp.classes[3].ceiling == mbit(190))
    }

    @Test(arguments: [
        ("guarantee: 62%", nil), ("guarantee: 81%", "guarantees add up to 197.8095mbit"),
        ("guarantee: 3mbit", #"slice "perp": guarantees of classes add up to 4mbit, more than the 3mbit"#),
        ("ceiling: 2mbit", #"the guarantee 4mbit, which its classes need at least, is above the ceiling 2mbit"#),
        ("guarantee: 18446744073709551615bit", "guarantees add up to 18446744073.709551615gbit"),
    ])
    func `sums that do not fit are refused`(perp: String, message: String?) {
        let found = complaints(policy(perp: perp)).filter { $0.contains("error") }
        #expect(found.isEmpty == (message == nil), "\(found)")
        if let message { #expect(found.contains { $0.contains(message) }, "\(found)") }
    }

    @Test func `guarantees of accepted policies never exceed what is above them`() throws {
        var random = SeededGenerator(seed: 5)
        var accepted = 0
        for _ in 0..<300 {
            func percent(_ most: Int) -> Int { Int.random(in: 1...most, using: &random) }
            let text = policy(
                classes: standard.replacing("25%", with: "\(percent(50))%").replacing("10%", with: "\(percent(20))%"),
                perp: "guarantee: \(percent(80))%", spot: percent(2) == 1 ? "" : "guarantee: \(percent(40))%",
                rate: "\(10 + percent(2000))mbit")
            guard let policy = PolicyParser.parse(text).policy else { continue }
            accepted += 1
            let bandwidth = Bandwidth(policy)
            let parts = Array(bandwidth.slices.values) + (bandwidth.common.map { [$0] } ?? [])
            let sum = parts.reduce(bandwidth.own + (bandwidth.express ?? .zero)) { $0 + $1.guarantee }
            #expect(sum <= bandwidth.link)
            for part in parts {
                #expect(part.classGuarantees <= part.guarantee)
                #expect(part.classes.allSatisfy { $0.guarantee <= $0.ceiling && $0.ceiling <= bandwidth.link })
            }
            #expect(parts.reduce(.zero) { $0 + $1.buckets } < bandwidth.express ?? .zero)
        }
        #expect(accepted > 50)
    }
}
