import Plan
import Policy

/// A place in the kernel where a program of the node belongs, and whether it is there.
package struct HookState: Sendable, Equatable {
    package enum State: String, Sendable, Codable {
        case attached, missing
        case noInterface = "no_interface"
    }

    package var program: Program
    package var interface: String
    package var state: State

    package init(program: Program, interface: String, state: State) {
        self.program = program
        self.interface = interface
        self.state = state
    }
}

extension NodeKernel {
    /// How the tc programs are attached; nil where nothing is loaded.
    package var mechanism: TCMechanism? { pinned.map { TCMechanism($0.meta) } }

    /// Every hook a policy needs as it is now. Unlike `changes`, it takes interfaces that are gone.
    package func hookStates(_ desired: DesiredState) throws(KernelError) -> [HookState] {
        let interfaces = Dictionary(try netlink.interfaces().map { ($0.name, $0) }) { first, _ in first }
        var ids: [Program: UInt32] = [:]
        if pinned != nil {
            let programs = try Programs(pinnedIn: folder.programs)
            for program in Program.allCases { ids[program] = programs[program].id }
        }
        let attacher = attacher()
        var states: [HookState] = []
        for attachment in attachments(desired, on: interfaces, tunnelIndex: interfaces[tunnelName]?.index ?? 0) {
            var state = HookState.State.missing
            if attachment.index == 0 {
                state = .noInterface
            } else if let id = ids[attachment.program], try attacher.isAttached(attachment, id: id) {
                state = .attached
            }
            states.append(HookState(program: attachment.program, interface: attachment.interface, state: state))
        }
        return states
    }

    /// True where the XDP program of the interface is this node's.
    package func hasXDP(on interface: String) throws(KernelError) -> Bool {
        guard pinned != nil, let program = try netlink.link(named: interface).flatMap(InterfaceFacts.init)?.xdpProgram
        else { return false }
        return try Programs(pinnedIn: folder.programs)[.underlayIngress].id == program
    }

    /// Every hook a policy needs.
    ///
    /// - Parameters:
    ///   - interfaces: the underlay and the ports by name, as far as they are there.
    ///   - tunnelIndex: 0 where the device is not there (yet).
    func attachments(
        _ desired: DesiredState, on interfaces: [String: InterfaceFacts], tunnelIndex: UInt32
    ) -> [Attachment] {
        func attachment(_ program: Program, _ name: String) -> Attachment {
            Attachment(program: program, interface: name, index: interfaces[name]?.index ?? 0)
        }
        let underlay = desired.underlay.interface
        let all = desired.slices.flatMap(\.ports)
        let ports = Set(all.map(\.interface)).sorted()
        let express = all.filter(\.xdp).map(\.interface).sorted()
        // XDP costs bulk traffic more on a virtual device than it spares; who asks for it at a port wants it anyhow.
        let isHardware = interfaces[underlay]?.isHardware ?? true
        return [
            attachment(isHardware || !express.isEmpty ? .underlayIngress : .underlayGuard, underlay),
            attachment(.underlayEgress, underlay),
            Attachment(program: .fabricIngress, interface: tunnelName, index: tunnelIndex),
        ] + ports.map { attachment(.portIngress, $0) } + express.map { attachment(.portExpress, $0) }
    }
}
