/// What the metrics say about signals. Plain values: whoever takes signals fills it in.
package struct SignalSnapshot: Sendable, Equatable {
    /// Signals since the program began.
    package var accepted: UInt64
    /// By reason.
    package var refused: [FabricSnapshot.Tally]
    package var budgets: [Budget]

    package init(accepted: UInt64, refused: [FabricSnapshot.Tally], budgets: [Budget]) {
        self.accepted = accepted
        self.refused = refused
        self.budgets = budgets
    }

    /// The promoted flows of a slice, or of all slices that share their room.
    package struct Budget: Sendable, Equatable {
        /// Of the slice; `(common)`.
        package var name: String
        /// Flows that are worth less wait; 0: none does.
        package var threshold: UInt64
        /// Flows that go first, and those that wait.
        package var promoted: UInt64
        package var waiting: UInt64
        /// Bytes a second of all of them.
        package var demand: Double

        package init(name: String, threshold: UInt64, promoted: UInt64, waiting: UInt64, demand: Double) {
            self.name = name
            self.threshold = threshold
            self.promoted = promoted
            self.waiting = waiting
            self.demand = demand
        }
    }
}
