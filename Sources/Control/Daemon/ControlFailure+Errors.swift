import Datapath
import Policy
import Telemetry

extension ControlFailure {
    /// Any error, in the user's words, and what the user can do about it.
    init(_ error: any Error) {
        let remedy: String? =
            switch error {
            case let error as ControlFailure: error.remedy
            case let error as NodeError: error.remedy
            case let error as ApplyError: error.remedy
            case let error as ListenError: error.remedy
            case let error as ControlSocketError: error.remedy
            case let error as ValueError: error.remedy
            default: nil
            }
        self.init(error: "\(error)", remedy: remedy)
    }
}
