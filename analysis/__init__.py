"""The numbers: a pure survey-statistics library.  Arrays in, frozen results out.

Names are loaded on first use, so `import analysis` costs nothing until a figure is asked for.
`_PUBLIC` is the whole public surface; a test holds it against what can be imported.
"""

from importlib import import_module

_PUBLIC: dict[str, str] = {
    # errors, arrays
    "AnalysisError": "errors",
    # intervals of shares and of differences
    "INTERVALS": "intervals",
    "ShareEvidence": "intervals",
    "beta_interval": "intervals",
    "jeffreys_interval": "intervals",
    "jeffreys_n_star": "intervals",
    "kg_interval": "intervals",
    "kg_n_star": "intervals",
    "logit_interval": "intervals",
    "share_evidence": "intervals",
    "share_interval": "intervals",
    "standin_variance": "intervals",
    "t_ratio_squared": "intervals",
    "uncapped": "intervals",
    "wald_interval": "intervals",
    "wilson_interval": "intervals",
    "xlogit_interval": "intervals",
    # the cube and the opt_in recipe
    "BLANK": "cube",
    "Cells": "cells",
    "Cube": "cube",
    "Differences": "differences",
    "Domains": "opt_in_domains",
    "Estimates": "opt_in_table",
    "LegalScore": "indices",
    "Marks": "reliability",
    "Measure": "measures",
    "NOT_ASKED": "cube",
    "NO_OPINION": "cube",
    "OptInDesign": "opt_in_design",
    "Register": "cells",
    "all_satisfied_answers": "indices",
    "assigned_cells": "cells_by_hand",
    "collapse": "cells",
    "complement_unreliable": "reliability",
    "covariance": "opt_in_covariance",
    "cube_from_query": "cube_query",
    "cube_from_rows": "cube",
    "cube_sql": "cube_query",
    "design_opt_in": "opt_in_design",
    "difference_of_shares": "differences",
    "disclosure_marks": "reliability",
    "domains_by": "opt_in_domains",
    "equal_criteria": "measures",
    "equal_factors": "measures",
    "estimate_opt_in": "opt_in",
    "least_significant_change": "differences",
    "legal_score": "indices",
    "level_share": "measures",
    "mean_score": "measures",
    "merge_cubes": "cube",
    "nchs_marks": "reliability",
    "pooled_answers": "measures",
    "register": "cells",
    "review_marks": "reliability",
    "satisfied_share": "measures",
    "weighted_criteria": "measures",
    "weighting_cells": "cells",
    # designs, domains, estimators, weighting
    # comparison, ranks, small areas, drivers, publication rules, planning
    "Benchmark": "small_area",
    "ChangeTable": "comparison",
    "Clusters": "drivers",
    "ControlChart": "control",
    "Draw": "planning",
    "DriverShares": "drivers",
    "PeerTiers": "tiers",
    "PortalSatisfaction": "official",
    "PriorityTable": "drivers",
    "RankChanges": "ranks",
    "RankSets": "ranks",
    "RollUp": "suppression",
    "SampleSize": "planning",
    "SampleTarget": "planning",
    "Simulation": "joint_draws",
    "SmallAreaEstimates": "small_area",
    "Suppression": "suppression",
    "Witness": "suppression",
    "adjust_within": "comparison",
    "agreeing_level": "comparison",
    "benjamini_hochberg": "comparison",
    "change_table": "comparison",
    "complementary_suppression": "suppression",
    "control_chart": "control",
    "declared_roll_ups": "suppression",
    "detectable_change": "comparison",
    "driver_shares": "drivers",
    "grade_probabilities": "official",
    "holm": "comparison",
    "johnson_parts": "drivers",
    "laney_sigma": "control",
    "margin_of_sample": "planning",
    "neyman_allocation": "planning",
    "par_index_points": "official",
    "peer_tiers": "tiers",
    "plain_ranks": "ranks",
    "portal_satisfaction": "official",
    "power_allocation": "planning",
    "priority_table": "drivers",
    "probability_limits": "control",
    "rank_changes": "ranks",
    "rank_sets": "ranks",
    "sample_size": "planning",
    "shapley_parts": "drivers",
    "slovin_size": "planning",
    "small_area_shares": "small_area",
    "stratified_systematic_draw": "planning",
}

__all__ = sorted(_PUBLIC)


def __getattr__(name: str) -> object:
    """Load a public name from the module that holds it."""
    if name not in _PUBLIC:
        raise AttributeError(f"module 'analysis' has no public name {name!r}; see analysis/README.md")
    return getattr(import_module(f"analysis.{_PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
