"""Addresses of signing and of what it needs signatures for."""

from django.urls import URLPattern, path

from signatures.views import (
    checked,
    confirming,
    delivering,
    exporting,
    first,
    framed,
    letter,
    log,
    logpage,
    mine,
    office,
    preview,
    receipt,
    reporting,
    signing,
    unsubscribing,
    updating,
    verifying,
    witness,
)

urlpatterns: list[URLPattern] = [
    path("letters/<slug:slug>/", letter.letter, name="letter"),
    path("letters/<slug:slug>/signatures/", letter.signatures, name="signatures"),
    path("letters/<slug:slug>/checked/", checked.page, name="checked"),
    path("letters/<slug:slug>/checked.json", checked.as_json, name="checked_json"),
    path("letters/<slug:slug>/statistics.json", checked.statistics, name="statistics"),
    path("letters/<slug:slug>/sign/", signing.sign, name="sign"),
    path("letters/<slug:slug>/sent/<str:sealed>/", signing.sent, name="sent"),
    path("letters/<slug:slug>/embed/sign/", framed.sign, name="sign_frame"),
    path("letters/<slug:slug>/embed/sign/sent/", framed.sent, name="sign_frame_sent"),
    path("letters/<slug:slug>/report/", reporting.report, name="report"),
    path("letters/<slug:slug>/report/sent/", reporting.sent, name="report_sent"),
    path("confirm/<str:token>/", confirming.confirm, name="confirm"),
    path("confirm/<str:token>/again/", confirming.again, name="confirm_again"),
    path("mine/<str:token>/", mine.mine, name="mine"),
    path("mine/<str:token>/ask/", mine.ask, name="mine_ask"),
    path("mine/<str:token>/show/", mine.show, name="mine_show"),
    path("mine/<str:token>/withdraw/", mine.withdraw, name="mine_withdraw"),
    path("mine/<str:token>/receipt/", receipt.receipt, name="mine_receipt"),
    path("mine/<str:token>/receipt/mail/", receipt.mail, name="mine_receipt_mail"),
    path("unsubscribe/<str:token>/", unsubscribing.unsubscribe, name="unsubscribe"),
    path("letters/<slug:slug>/totals.tlog-proof", log.totals, name="totals_proof"),
    path(
        "letters/<slug:slug>/delivered/<str:sha256>.tlog-proof",
        log.delivered,
        name="delivered_proof",
    ),
    path("letters/<slug:slug>/revisions/<int:number>.txt", log.revision, name="revision_text"),
    path("verify.py", log.verifier, name="verify_py"),
    path("checklog.go", log.recipe, name="checklog_go"),
    path("log/", logpage.page, name="log"),
    path(".well-known/groundswell-log-policy", log.policy, name="log_policy"),
    path("log/checkpoint", log.checkpoint, name="log_checkpoint"),
    path("log/key", log.key, name="log_key"),
    path("log/tile/<path:rest>", log.tile, name="log_tile"),
    path("verify/", verifying.page, name="verify"),
    path("log/add-checkpoint", witness.add_checkpoint, name="log_add_checkpoint"),
    path("log/witness/key", witness.key, name="log_witness_key"),
    path("log/witness/<str:digest>/checkpoint", witness.checkpoint, name="log_witness_checkpoint"),
    path("deliveries/<str:token>/", office.page, name="delivery"),
    path("deliveries/<str:token>/received/", office.received, name="delivery_received"),
    path("deliveries/<str:token>/answer/", office.answer, name="delivery_answer"),
    path("deliveries/<str:token>/files/<uuid:export>/", office.file, name="delivery_file"),
    path("organise/letters/<slug:slug>/preview/", preview.preview, name="letter_preview"),
    path("organise/letters/<slug:slug>/first/", first.first, name="letter_first"),
    path("organise/letters/<slug:slug>/first/<uuid:uid>/put/", first.put, name="letter_first_put"),
    path("organise/letters/<slug:slug>/first/<uuid:uid>/up/", first.up, name="letter_first_up"),
    path("organise/letters/<slug:slug>/first/<uuid:uid>/off/", first.off, name="letter_first_off"),
    path("organise/letters/<slug:slug>/exports/", exporting.exports, name="letter_exports"),
    path("organise/letters/<slug:slug>/exports/ask/", exporting.ask, name="export_ask"),
    path("organise/letters/<slug:slug>/exports/state/", exporting.state, name="export_state"),
    path(
        "organise/letters/<slug:slug>/exports/download/<str:token>/",
        exporting.download,
        name="export_download",
    ),
    path(
        "organise/letters/<slug:slug>/exports/<uuid:uid>/cancel/",
        exporting.cancel,
        name="export_cancel",
    ),
    path(
        "organise/letters/<slug:slug>/exports/<uuid:uid>/again/",
        exporting.again,
        name="export_again",
    ),
    path(
        "organise/letters/<slug:slug>/deliveries/", delivering.deliveries, name="letter_deliveries"
    ),
    path(
        "organise/letters/<slug:slug>/deliveries/record/", delivering.record, name="delivery_record"
    ),
    *(
        path(
            f"organise/letters/<slug:slug>/deliveries/<uuid:uid>/{name}/",
            view,
            name=f"delivery_{name}",
        )
        for name, view in (
            ("again", delivering.again),
            ("renew", delivering.renew),
            ("strike", delivering.strike),
            ("hide", delivering.hide),
            ("show", delivering.show),
        )
    ),
    path("organise/letters/<slug:slug>/updates/", updating.updates, name="letter_updates"),
    path("organise/letters/<slug:slug>/updates/write/", updating.write, name="update_write"),
    path("organise/letters/<slug:slug>/updates/<uuid:uid>/", updating.update, name="update"),
    *(
        path(
            f"organise/letters/<slug:slug>/updates/<uuid:uid>/{name}/",
            view,
            name=f"update_{name}",
        )
        for name, view in (
            ("mail", updating.mail),
            ("edit", updating.edit),
            ("test", updating.try_out),
            ("send", updating.send),
            ("stop", updating.stop),
            ("discard", updating.discard),
        )
    ),
]
