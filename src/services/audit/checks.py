"""All checks, by what they are asked about."""

from __future__ import annotations

from collections.abc import Sequence

from src.services.audit.counting import documents_can_be_counted
from src.services.audit.inbox_checks import applied_notifications_had_their_effect
from src.services.audit.job_checks import (
    events_are_about_what_is_audited,
    events_are_pending_or_dispatched,
    jobs_are_in_one_state,
)
from src.services.audit.liveness_checks import (
    events_are_dispatched,
    jobs_are_run,
    live_payments_are_asked_about,
    notifications_are_applied,
    refunds_are_driven,
    schedules_tick,
    unpaid_orders_expire,
)
from src.services.audit.number_checks import keyed_requests_have_a_fingerprint, numbers_are_unique
from src.services.audit.order_checks import (
    order_events_tell_the_history,
    order_histories_are_legal,
    order_times_follow_the_history,
    repricings_lead_to_the_price,
    shipped_orders_had_goods_to_ship,
    totals_add_up,
)
from src.services.audit.payment_checks import (
    events_are_counted,
    held_money_is_not_applied,
    live_payments_can_be_paid,
    paid_orders_have_one_payment,
    payment_attempts_are_counted,
    payment_events_are_counted,
    payments_are_what_orders_cost,
    payments_record_what_came,
    surplus_money_goes_back_once,
)
from src.services.audit.product_checks import (
    products_and_stock_have_the_same_skus,
    products_count_their_sales,
    products_show_their_lowest_price,
    products_show_what_is_sold_out,
)
from src.services.audit.reference_checks import (
    documents_belong_to_a_store,
    indexes_are_as_declared,
    nothing_is_orphaned,
    order_lines_name_skus,
    payments_are_by_their_buyers,
    references_stay_in_their_store,
)
from src.services.audit.refund_checks import (
    all_money_is_somewhere,
    cancelled_orders_gave_all_back,
    freight_goes_back_whole,
    freight_goes_back_with_all_goods,
    orders_count_what_was_refunded,
    orders_hold_what_refunds_ask,
    refund_events_tell_the_history,
    refund_histories_are_legal,
    refund_lines_add_up,
    refund_numbers_follow_each_other,
    refunds_are_of_their_orders_payments,
    refunds_stay_within_what_was_paid,
    refunds_under_way_are_due,
)
from src.services.audit.results import Check, Nature
from src.services.audit.stock_checks import (
    all_received_is_somewhere,
    counters_are_whole_and_not_negative,
    counters_equal_the_ledger,
    counters_equal_the_orders,
    moves_do_what_they_are_called,
    orders_moved_their_stock_once,
    refunds_moved_their_stock_once,
    unshipped_goods_went_back,
)

ORDERS: tuple[Check, ...] = (
    totals_add_up,
    repricings_lead_to_the_price,
    order_histories_are_legal,
    order_times_follow_the_history,
    order_events_tell_the_history,
    shipped_orders_had_goods_to_ship,
    orders_moved_their_stock_once,
    unshipped_goods_went_back,
    payments_are_what_orders_cost,
    payment_attempts_are_counted,
    paid_orders_have_one_payment,
    payments_record_what_came,
    live_payments_can_be_paid,
    held_money_is_not_applied,
    surplus_money_goes_back_once,
    refunds_are_of_their_orders_payments,
    orders_hold_what_refunds_ask,
    refunds_stay_within_what_was_paid,
    freight_goes_back_whole,
    freight_goes_back_with_all_goods,
    orders_count_what_was_refunded,
    cancelled_orders_gave_all_back,
    all_money_is_somewhere,
)
PAYMENTS: tuple[Check, ...] = (payment_events_are_counted,)
REFUNDS: tuple[Check, ...] = (
    refund_histories_are_legal,
    refund_lines_add_up,
    refunds_under_way_are_due,
    refund_numbers_follow_each_other,
    refund_events_tell_the_history,
    refunds_moved_their_stock_once,
)
SKUS: tuple[Check, ...] = (counters_are_whole_and_not_negative, all_received_is_somewhere)
COUNTED: tuple[Check, ...] = (events_are_counted,)
PRODUCTS: tuple[Check, ...] = (
    products_and_stock_have_the_same_skus,
    products_show_what_is_sold_out,
    products_count_their_sales,
    products_show_their_lowest_price,
)
MOVES: tuple[Check, ...] = (moves_do_what_they_are_called,)
BOOKS: tuple[Check, ...] = (counters_equal_the_ledger, counters_equal_the_orders)
SCOPES: tuple[Check, ...] = (
    numbers_are_unique,
    keyed_requests_have_a_fingerprint,
    references_stay_in_their_store,
    payments_are_by_their_buyers,
    applied_notifications_had_their_effect,
    jobs_are_in_one_state,
    events_are_about_what_is_audited,
    events_are_pending_or_dispatched,
)
LIVENESS: tuple[Check, ...] = (
    unpaid_orders_expire,
    live_payments_are_asked_about,
    refunds_are_driven,
    notifications_are_applied,
    events_are_dispatched,
    jobs_are_run,
)
# Only an audit of everything asks these.
WHOLE: tuple[Check, ...] = (documents_belong_to_a_store, indexes_are_as_declared)
WHOLE_LIVENESS: tuple[Check, ...] = (schedules_tick,)

ORPHANS: tuple[Check, ...] = (nothing_is_orphaned,)
# These are asked about a document and what is counted besides.
COUNTING: tuple[Check, ...] = (documents_can_be_counted, order_lines_name_skus)
NATURES: dict[Nature, Sequence[Check]] = {
    Nature.TRUTH: (
        *(*SKUS, *MOVES, *BOOKS, *PRODUCTS, *ORDERS, *COUNTING, *PAYMENTS, *REFUNDS, *COUNTED),
        *(*ORPHANS, *SCOPES, *WHOLE),
    ),
    Nature.LIVENESS: (*LIVENESS, *WHOLE_LIVENESS),
}
