import Policy

/// What the rules can see of a packet.
package struct FlowKey: Sendable, Equatable {
    /// nil: not an IP packet (ARP, for one); everything else is then nil too.
    package var ip: IP?

    package struct IP: Sendable, Equatable {
        package var ipProtocol: UInt8
        package var source: IPAddress
        package var destination: IPAddress
        /// nil: the protocol has none, or the packet is a later fragment.
        package var ports: Ports?
        /// What the packet claims, 0...63; whether it is believed is `Policy.Fabric.trustDscp`'s business.
        package var dscp: UInt8
        /// What follows the UDP header, as far as it is known.
        package var payload: [UInt8]

        package init(
            ipProtocol: UInt8, source: IPAddress, destination: IPAddress, ports: Ports? = nil, dscp: UInt8 = 0,
            payload: [UInt8] = []
        ) {
            self.ipProtocol = ipProtocol
            self.source = source
            self.destination = destination
            self.ports = ports
            self.dscp = dscp
            self.payload = payload
        }
    }

    package struct Ports: Sendable, Equatable {
        package var source: UInt16
        package var destination: UInt16

        package init(source: UInt16, destination: UInt16) {
            self.source = source
            self.destination = destination
        }
    }

    package static let notIP = FlowKey(ip: nil)

    package init(ip: IP?) { self.ip = ip }
}
