import Policy

/// A flow of a slice that may go first, both directions of it: its answers are as urgent as its questions.
package struct PromotedFlow: Sendable, Hashable {
    package let vni: UInt32
    package let ipProtocol: UInt8
    /// The end with the lower address, then the lower port.
    package let first: End
    package let second: End

    package struct End: Sendable, Hashable {
        package let address: IPAddress
        /// 0 where the protocol has none.
        package let port: UInt16

        package init(address: IPAddress, port: UInt16) {
            self.address = address
            self.port = port
        }

        fileprivate func isAbove(_ other: End) -> Bool {
            (address.high, address.low, port) > (other.address.high, other.address.low, other.port)
        }
    }

    /// Whichever end is named first.
    package init(vni: UInt32, ipProtocol: UInt8, _ one: End, _ other: End) {
        self.vni = vni
        self.ipProtocol = ipProtocol
        (first, second) = one.isAbove(other) ? (other, one) : (one, other)
    }

    /// - Parameter flow: either direction; only its addresses, protocol and ports count.
    package init(_ flow: FlowKey.IP, vni: UInt32) {
        self.init(
            vni: vni, ipProtocol: flow.ipProtocol, End(address: flow.source, port: flow.ports?.source ?? 0),
            End(address: flow.destination, port: flow.ports?.destination ?? 0))
    }

    /// Its first end's direction.
    package var key: FlowKey {
        let hasPorts = IPProtocol.withPorts.contains(ipProtocol)
        return FlowKey(
            ip: FlowKey.IP(
                ipProtocol: ipProtocol, source: first.address, destination: second.address,
                ports: hasPorts ? FlowKey.Ports(source: first.port, destination: second.port) : nil))
    }
}
