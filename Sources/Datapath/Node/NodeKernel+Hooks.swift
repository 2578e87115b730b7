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
        let tunnelIndex = interfaces[tunnelName]?.index ?? 0
        for attachment in attachments(desired, interfaces, tunnelIndex: tunnelIndex) {
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
    ///   - interfaces: by name; one that is not there (yet) gives an attachment with the index 0.
    ///   - tunnelIndex: of the tunnel device.
    func attachments(
        _ desired: DesiredState, _ interfaces: [String: InterfaceFacts], tunnelIndex: UInt32
    ) -> [Attachment] {
        let underlay = desired.underlay.interface
        func attachment(_ program: Program, _ interface: String) -> Attachment {
            Attachment(program: program, interface: interface, index: interfaces[interface]?.index ?? 0)
        }
        return [
            attachment(interfaces[underlay]?.guardProgram ?? .underlayIngress, underlay),
            attachment(.underlayEgress, underlay),
            Attachment(program: .fabricIngress, interface: tunnelName, index: tunnelIndex),
        ] + Set(desired.slices.flatMap(\.ports).map(\.interface)).sorted().map { attachment(.portIngress, $0) }
    }
}

extension InterfaceFacts {
    /// XDP where the driver may run it before there is a socket buffer: on real NICs, which have no link kind.
    fileprivate var guardProgram: Program { kind.isEmpty ? .underlayIngress : .underlayGuard }
}
