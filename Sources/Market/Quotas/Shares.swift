import Policy

/// Shares of classes and slices that are over the file's, each by its name.
struct Shares: Sendable, Equatable {
    var values: [Name: Share] = [:]

    /// One figure of a class, in the class table or in one slice, or of a slice.
    struct Name: Sendable, Hashable {
        /// nil: the slice's own.
        var className: String?
        var slice: String?
        var field: Field
    }

    enum Field: Sendable { case guarantee, ceiling }

    init() {}

    /// Later ones over earlier ones.
    init(_ overrides: [Override]) {
        for override in overrides {
            self[override, .guarantee] = override.guarantee
            self[override, .ceiling] = override.ceiling
        }
    }

    private subscript(override: Override, field: Field) -> Share? {
        get { values[Name(className: override.className, slice: override.slice, field: field)] }
        set {
            guard let newValue else { return }
            values[Name(className: override.className, slice: override.slice, field: field)] = newValue
        }
    }

    /// The class table's first, then slice by slice, its own first.
    func overrides(reason: String) -> [Override] {
        var overrides: [Name: Override] = [:]
        for (name, share) in values {
            var key = name
            key.field = .guarantee
            var override =
                overrides[key]
                ?? Override(
                    className: name.className, slice: name.slice, guarantee: nil, ceiling: nil, reason: reason)
            switch name.field {
            case .guarantee: override.guarantee = share
            case .ceiling: override.ceiling = share
            }
            overrides[key] = override
        }
        return overrides.values.sorted { left, right in
            guard left.slice == right.slice else { return (left.slice ?? "") < (right.slice ?? "") }
            return (left.className ?? "") < (right.className ?? "")
        }
    }
}
